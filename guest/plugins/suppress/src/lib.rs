#![doc = include_str!("../README.md")]

mod split;

use ambit_guest::{Result, Scope, manager, plugin};

/// Lets the body fail with the kinds of errors that are named.
///
/// A kind matches anywhere in the path of an error: `exit-status` any status, `exit-status:1` that one. Of a group, the
/// members that match are dropped.
#[manager]
async fn suppress(
    /// The kinds to suppress; none suppress nothing.
    #[default([])]
    kinds: Vec<String>,
    scope: Scope,
) -> Result {
    match scope.yields(()).await {
        Ok(()) => Ok(()),
        Err(error) => split::rest(error, &kinds).map_or(Ok(()), Err),
    }
}

plugin!(suppress);

#[cfg(test)]
mod tests;
