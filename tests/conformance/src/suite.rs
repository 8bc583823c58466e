//! A recording, and what came of playing it: [`Suite`], [`Tally`].

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use crate::outcome::Difference;
use crate::{Native, Outcome, Sandbox, Scenario};

/// The scenarios of a recording.
#[derive(Clone, Debug)]
pub struct Suite(Vec<Scenario>);

/// Why a file is no recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It cannot be read.
    #[error("the recording `{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no list of scenarios.
    #[error("`{}` is no recording: {source}; FORMAT.md says what one is, and oracle.py makes more", path.display())]
    NoRecording {
        /// The file.
        path: PathBuf,
        /// What does not fit, and where.
        source: serde_json::Error,
    },
}

/// What came of playing a recording. Displayed, it is the line that the program closes with.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tally {
    /// How many ended as CPython had them.
    pub passed: usize,
    /// Those that did not.
    pub failed: Vec<Difference>,
    /// How many were not played to their end.
    pub skipped: usize,
}

impl Suite {
    /// Reads a recording.
    ///
    /// # Errors
    /// The file cannot be read, or is no recording.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        let text =
            fs::read_to_string(path).map_err(|source| ReadError::Unreadable { path: path.into(), source })?;
        Self::parse(&text).map_err(|source| ReadError::NoRecording { path: path.into(), source })
    }

    /// Reads the text of a recording.
    ///
    /// # Errors
    /// It is no recording.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }

    /// Plays all of it.
    pub fn play(&self, play: impl FnMut(&Scenario) -> Outcome) -> Tally {
        let mut tally = Tally::default();
        for outcome in self.0.iter().map(play) {
            match outcome {
                Outcome::Passed => tally.passed += 1,
                Outcome::Failed(difference) => tally.failed.push(difference),
                Outcome::Skipped => tally.skipped += 1,
            }
        }
        tally
    }

    /// Plays all of it on the semantics alone.
    #[must_use]
    pub fn play_natively(&self) -> Tally {
        self.play(|scenario| Native.play(scenario))
    }

    /// Whether CPython ran it with the async counterparts.
    #[must_use]
    pub fn is_async(&self) -> bool {
        self.0.iter().any(|scenario| scenario.is_async)
    }

    /// Plays all of it with bodies that await, in this sandbox.
    ///
    /// # Errors
    /// There is no runtime to be had.
    pub fn play_awaiting(&self, sandbox: &Sandbox) -> std::io::Result<Tally> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(self.play(|scenario| runtime.block_on(sandbox.play_awaiting(scenario))))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed.len(), self.skipped)
    }
}
