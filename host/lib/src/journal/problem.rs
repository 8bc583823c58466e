//! Why the journal cannot do what it is asked: [`Problem`].

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

/// Why the journal cannot do what it is asked.
///
/// Its `Display` is one whole sentence, which names the file, without its [source](StdError::source);
/// [`help`](Self::help) says what to do.
#[derive(Debug)]
pub(crate) struct Problem {
    message: String,
    help: Option<&'static str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, source: None }
    }

    pub(super) fn with_help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }

    fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        Self { source: Some(Box::new(source)), ..self }
    }

    /// The database holds what no Ambit wrote.
    pub(super) fn damaged(file: &Path, why: impl fmt::Display) -> Self {
        Self::new(format!("the journal `{}` is damaged: {why}", file.display())).with_help(
            "move the folder that it is in away, and a new one is made; what the scopes in it held is to be released by hand",
        )
    }

    /// Another thread or process writes for too long.
    pub(super) fn busy(file: &Path) -> Self {
        Self::new(format!(
            "the journal `{}` is busy: others wrote in it all the time that was given",
            file.display()
        ))
        .with_help("try again, or end the process that holds it")
    }

    /// What SQLite says, in the journal's words.
    pub(super) fn database(file: &Path, error: rusqlite::Error) -> Self {
        let name = file.display();
        let problem = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::busy(file),
            Some(ErrorCode::DiskFull) => {
                Self::new(format!("the journal `{name}` cannot be written: the disk is full")).with_help(FULL)
            }
            Some(
                ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory,
            ) => Self::new(format!("the journal `{name}` cannot be used: {error}")).with_help(USABLE),
            // Our statements are fixed, and right for our tables: what SQLite has against them is the file's fault.
            _ => Self::damaged(file, &error),
        };
        problem.with_source(error)
    }

    /// What the system says of a file of the journal.
    pub(super) fn file(path: &Path, error: io::Error) -> Self {
        let help = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FULL,
            _ => USABLE,
        };
        Self::new(format!("the journal's `{}` cannot be used: {error}", path.display()))
            .with_help(help)
            .with_source(error)
    }

    /// The folder is not there any more, or is another.
    pub(super) fn gone(path: &Path) -> Self {
        let message =
            format!("the journal's `{}` was removed, or replaced, while it was in use", path.display());
        Self::new(message).with_help("start anew; until then no checkpoint can be kept")
    }

    /// What to do about it, where that is known: a sentence.
    pub(crate) fn help(&self) -> Option<&'static str> {
        self.help
    }
}

const FULL: &str = "make room on the disk";

const USABLE: &str = "its folder must be there, and you must be allowed to write in it, to look at it too: who still lives is told by taking locks";

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Problem {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Why a transaction was given up: SQLite's errors do not know yet of which file they tell.
#[derive(Debug)]
pub(super) enum Failed {
    Database(rusqlite::Error),
    Problem(Problem),
}

impl Failed {
    pub(super) fn of(self, file: &Path) -> Problem {
        match self {
            Self::Database(error) => Problem::database(file, error),
            Self::Problem(problem) => problem,
        }
    }
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
