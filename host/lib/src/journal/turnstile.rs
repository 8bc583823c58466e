//! The way to the database's lock for writing, which lets who has waited go before who has just written: [`Turnstile`].

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::owner::{Missing, open};
use super::problem::Problem;

/// How long who waits looks away.
const AWAY: Duration = Duration::from_millis(1);

/// Where processes wait that are about to write: one of them at a time waits for the database, and the others for that one.
///
/// SQLite's lock has no queue: who waits for it looks now and then, and may find it taken each time while a process writes
/// again and again, which has it anew within microseconds. Here that process stops, as long as another waits for the lock.
///
/// It keeps nobody out, and is no more than good manners: that one at a time writes is SQLite's doing.
#[derive(Debug)]
pub(super) struct Turnstile {
    path: PathBuf,
    file: File,
}

/// The place in front of the database's lock, until this is dropped.
#[derive(Debug)]
pub(super) struct Next<'a>(&'a File);

impl Turnstile {
    /// The one of this folder, which is made if it is not there.
    pub(super) fn of(folder: &Path) -> Result<Self, Problem> {
        let path = folder.join("turnstile");
        match open(&path, Missing::Make) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(Problem::file(&path, error)),
        }
    }

    /// Waits until nobody else is next. None if that takes longer.
    pub(super) fn next(&self, until: Instant) -> Result<Option<Next<'_>>, Problem> {
        loop {
            match self.file.try_lock() {
                Ok(()) => return Ok(Some(Next(&self.file))),
                Err(TryLockError::WouldBlock) if Instant::now() >= until => return Ok(None),
                Err(TryLockError::WouldBlock) => thread::sleep(AWAY),
                Err(TryLockError::Error(error)) => return Err(Problem::file(&self.path, error)),
            }
        }
    }
}

impl Drop for Next<'_> {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}
