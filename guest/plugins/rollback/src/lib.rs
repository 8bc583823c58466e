#![doc = include_str!("../README.md")]

mod content;
mod disk;
mod incomplete;
mod left;
mod manifest;
mod paths;
mod place;
mod restore;
mod save;
mod saved;
mod snapshot;
#[cfg(test)]
mod tests;
mod way;

use std::path::PathBuf;

use ambit_guest::{Checkpoint, Result, Scope, manager, plugin};

use crate::left::{Left, recover};
use crate::snapshot::Snapshot;

/// Files and directories as they were, if the body fails.
///
/// Contents, links and times are restored, what was made is removed, what was removed is back. Copies lie beside each path
/// while the body runs.
#[manager(recover = recover)]
async fn rollback(
    /// What is restored; at least one. A path that is not there is removed if the body makes it.
    #[default([])]
    paths: Vec<PathBuf>,
    checkpoint: Checkpoint<Left>,
    scope: Scope,
) -> Result {
    let snapshot = Snapshot::take(paths::clean(&paths)?, &checkpoint)?;
    match scope.yields(()).await {
        Ok(()) => snapshot.discard(&checkpoint),
        Err(error) => Err(match snapshot.restore() {
            Ok(()) => error,
            // Nothing takes the place of what was cancelled, so that it has to carry the news.
            Err(incomplete) if error.is_cancelled() => error.note(incomplete.to_string()),
            Err(incomplete) => incomplete.into(),
        }),
    }
}

plugin!(rollback);
