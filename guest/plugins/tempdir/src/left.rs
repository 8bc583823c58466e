//! What a tempdir leaves for its recovery: [`Left`].

use std::path::{Path, PathBuf};
use std::{fs, io};

use ambit_guest::grants::require;
use ambit_guest::{Checkpoint, Result};
use ambit_plugin_files::{cannot_be, parent};
use serde::{Deserialize, Serialize};

use crate::fresh::Fresh;

/// The directory of a scope, from before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Left {
    pub(crate) path: PathBuf,
    /// Whether it is kept if the scope is lost: it is for a failure to be looked into, and nobody knows any more whether the
    /// body would have failed.
    pub(crate) keep: bool,
}

impl Left {
    pub(crate) fn new(path: &Path, keep: bool) -> Self {
        Self { path: path.to_owned(), keep }
    }

    /// Says that it is to be removed from now on, whatever becomes of the scope.
    pub(crate) fn no_more_kept(path: &Path, checkpoint: &Checkpoint<Self>) {
        // Where this is not kept, what was left before stands: lost now, the directory would stay. It is removed all the same.
        let _ = checkpoint.leave(&Self::new(path, false));
    }
}

/// Removes what a lost scope left, or says that it is kept.
///
/// # Errors
/// What could not be removed; the directory is in none that was granted.
pub(crate) fn recover(left: Left) -> Result {
    let Left { path, keep } = left;
    // Of what is not granted WASI says that it is not there, which would pass for removed.
    require(&path, &parent(&path))?;
    if cannot_be(&path) {
        // It was never made.
        return Ok(());
    }
    let shown = path.display().to_string();
    if keep {
        match fs::remove_dir(&path) {
            // There was nothing in it to look into.
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => eprintln!("tempdir: `{shown}` is kept, since the outcome of what ran in it was lost"),
        }
        return Ok(());
    }
    Fresh::of(path).remove().map_err(|error| error.note(format!("what is left is in `{shown}`")))
}
