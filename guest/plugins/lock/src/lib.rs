#![doc = include_str!("../README.md")]

mod acquire;
mod clock;
mod errors;
mod folder;
#[cfg(test)]
mod interleavings;
mod left;
mod patience;
mod protocol;
mod record;
mod steps;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use ambit_guest::{Checkpoint, Result, Scope, Seconds, manager, plugin};

use crate::acquire::{Acquired, Value, acquire};
use crate::left::{Left, recover};

/// One at a time, between processes, by a file that says who holds it.
///
/// Gives `path`, `token` and `taken_from`. The error about a lock that is held is of the kind `lock:held`.
#[manager(recover = recover)]
async fn lock(
    /// The lock file; a bare name is one in the granted directory `.`.
    path: PathBuf,
    /// How long to wait for it, in seconds.
    #[default(0)]
    wait: Seconds,
    /// The age in seconds from which on a lock may be taken over; without it, never.
    #[default(null)]
    stale_after: Option<Seconds>,
    /// Who you are, for those who find it held.
    #[default("")]
    holder: String,
    checkpoint: Checkpoint<Left>,
    scope: Scope<Value>,
) -> Result {
    let lock: Acquired = acquire(&path, wait.into(), stale_after.map(Into::into), holder, checkpoint)?;
    let body = scope.yields(lock.value()).await;
    match (lock.release(), body) {
        (Ok(()), body) => body,
        (Err(lost), Ok(())) => Err(lost),
        (Err(lost), Err(error)) => Err(error.note(lost.message())),
    }
}

plugin!(lock);
