//! Errors in unreasonable amounts.

use ambit_guest::{Error, Result, Scope, manager, plugin};

/// Makes errors, and keeps them all.
#[manager]
async fn hoards(count: usize, scope: Scope) -> Result {
    let errors: Vec<_> = (0..count).map(|each| Error::new("kept", each.to_string())).collect();
    let body = scope.yields(()).await;
    drop(errors);
    body
}

/// Makes errors, and releases each.
#[manager]
async fn spends(count: usize, scope: Scope) -> Result {
    for each in 0..count {
        drop(Error::new("released", each.to_string()));
    }
    scope.yields(()).await
}

/// Raises an error from an error from an error.
#[manager]
async fn long_chain(count: usize, _scope: Scope) -> Result {
    let link = |cause: Error, each: usize| Error::new("link", each.to_string()).caused_by(cause);
    Err((1..count).fold(Error::new("link", "0"), link))
}

/// Raises an error with a long message.
#[manager]
async fn long_message(bytes: usize, _scope: Scope) -> Result {
    Err(Error::new("long", "x".repeat(bytes)))
}

/// Raises the body's error from itself, by way of another: a ring, were it made.
#[manager]
async fn ring(scope: Scope) -> Result {
    scope.yields(()).await.map_err(|body| {
        let other = Error::new("other", "the manager's own").caused_by(body.clone());
        drop(body.caused_by(other.clone()));
        other
    })
}

plugin!(hoards, spends, long_chain, long_message, ring);
