//! The way to the database's lock for writing, which lets who has waited go before who has just written: [`Turnstile`].

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::owner::{Found, Lock, Missing, take};

/// How long who waits looks away, the first time and at the most.
const AWAY: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(16)];

/// Where processes wait that are about to write: one of them at a time waits for the database, and the others for that one.
///
/// SQLite's lock has no queue: who waits for it looks now and then, and may find it taken each time while a process writes
/// again and again, which has it anew within microseconds. Here that process stops, as long as another waits for the lock.
///
/// It is good manners, and no more: that one at a time writes is SQLite's doing. So it keeps nobody out for long, whoever is stopped
/// at it, and nobody at all where there is something wrong with its file.
#[derive(Debug)]
pub(super) struct Turnstile(PathBuf);

impl Turnstile {
    /// The one of this folder.
    pub(super) fn of(folder: &Path) -> Self {
        Self(folder.join("turnstile"))
    }

    /// Waits for the place in front of the database's lock, which is left as this is dropped. None if that takes longer.
    pub(super) fn next(&self, until: Instant) -> Option<Lock> {
        let [mut away, longest] = AWAY;
        loop {
            match take("turnstile", &self.0, Missing::Make) {
                Ok(Found::Free(place)) => return Some(place),
                Ok(Found::Held | Found::Missing) if Instant::now() < until => {
                    thread::sleep(away);
                    away = longest.min(away * 2);
                }
                Ok(Found::Held | Found::Missing) => return None,
                Err(error) => {
                    tracing::debug!(%error, path = %self.0.display(), "who writes in the journal waits for nobody");
                    return None;
                }
            }
        }
    }
}
