//! What could not be restored: [`Incomplete`].

use std::path::PathBuf;
use std::{fmt, io};

use ambit_guest::Error;
use ambit_plugin_files::group;

use crate::place::Place;

/// What could not be restored, and where the copies are.
#[derive(Debug, Default)]
pub(crate) struct Incomplete {
    problems: Vec<io::Error>,
    copies: Vec<PathBuf>,
}

impl Incomplete {
    /// What could not be done.
    pub(crate) fn add(&mut self, problems: Vec<io::Error>) {
        self.problems.extend(problems);
    }

    /// A place whose copies are kept.
    pub(crate) fn keep(&mut self, place: &Place) {
        let folders = place.folders().filter(|folder| folder.is_dir());
        self.copies.extend(folders.map(|folder| folder.components().collect::<PathBuf>()));
    }

    /// Whether there is anything of it.
    pub(crate) fn end(self) -> Result<(), Self> {
        if self.problems.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// All in one text, for a note.
impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MESSAGE)?;
        for problem in self.problems.iter().take(LINES) {
            write!(f, "\n{problem}")?;
        }
        if self.problems.len() > LINES {
            write!(f, "\nand {} more", self.problems.len() - LINES)?;
        }
        self.copies.iter().try_for_each(|copies| write!(f, "\nthe copies are kept: {}", copies.display()))
    }
}

impl From<Incomplete> for Error {
    fn from(incomplete: Incomplete) -> Self {
        let Incomplete { problems, copies } = incomplete;
        let error = group("rollback", MESSAGE, problems);
        copies
            .iter()
            .fold(error, |error, copies| error.note(format!("the copies are kept: {}", copies.display())))
    }
}

const MESSAGE: &str = "not all could be restored";
const LINES: usize = 10;
