#![doc = include_str!("../README.md")]

mod fresh;
mod left;
mod place;

use std::path::PathBuf;

use ambit_guest::{Checkpoint, Result, Scope, manager, plugin};

use crate::fresh::Fresh;
use crate::left::{Left, recover};

/// A fresh directory, removed with all that is in it.
///
/// Gives its path. What cannot be removed is named; symbolic links are not followed.
#[manager(recover = recover)]
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
    checkpoint: Checkpoint<Left>,
    scope: Scope<PathBuf>,
) -> Result {
    let dir = Fresh::create(&place::parent(parent)?, &prefix, |path| {
        checkpoint.leave(&Left::new(path, keep_on_error))
    })?;
    let body = scope.yields(dir.path().to_owned()).await;
    if keep_on_error {
        match body {
            Err(error) if !error.is_cancelled() => {
                return Err(match dir.keep() {
                    Some(path) => error.note(format!("the directory is kept: {}", path.display())),
                    None => error,
                });
            }
            _ => Left::no_more_kept(dir.path(), &checkpoint),
        }
    }
    match body {
        Ok(()) => dir.remove(),
        Err(error) => Err(match dir.remove() {
            Ok(()) => error,
            Err(left) => error.note(left.message()),
        }),
    }
}

plugin!(tempdir);

#[cfg(test)]
mod tests;
