#![doc = include_str!("../README.md")]

mod fresh;
mod place;

use std::path::PathBuf;

use ambit_guest::{Result, Scope, manager, plugin};

use crate::fresh::Fresh;

/// A fresh directory, removed with all that is in it.
///
/// Gives its path. What cannot be removed is named; symbolic links are not followed.
#[manager]
async fn tempdir(
    /// What its name begins with.
    #[default("tmp-")]
    prefix: String,
    /// Where it is made. Without it: in `/tmp` if that is granted, else in the only directory that is granted.
    #[default(null)]
    parent: Option<PathBuf>,
    /// Whether it is kept if the body fails; a note of the error then says where it is.
    #[default(false)]
    keep_on_error: bool,
    scope: Scope<PathBuf>,
) -> Result {
    let dir = Fresh::create(&place::parent(parent)?, &prefix)?;
    match scope.yields(dir.path().to_owned()).await {
        Ok(()) => dir.remove(),
        Err(error) if keep_on_error && !error.is_cancelled() => Err(match dir.keep() {
            Some(path) => error.note(format!("the directory is kept: {}", path.display())),
            None => error,
        }),
        Err(error) => Err(match dir.remove() {
            Ok(()) => error,
            Err(left) => error.note(left.message()),
        }),
    }
}

plugin!(tempdir);

#[cfg(test)]
mod tests;
