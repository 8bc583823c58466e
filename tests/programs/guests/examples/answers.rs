//! What an exit can answer.

use ambit_guest::{Error, Result, Scope, manager, phase, plugin};

/// Ends well, whatever the body did.
#[manager]
async fn suppresses(scope: Scope) -> Result {
    scope.yields(()).await.or(Ok(()))
}

/// Returns the body's error.
#[manager]
async fn reraises(scope: Scope) -> Result {
    scope.yields(()).await
}

/// Raises another error in place of the body's.
#[manager]
async fn replaces(scope: Scope) -> Result {
    scope.yields(()).await.map_err(|_| other())
}

/// Raises another error from the body's.
#[manager]
async fn replaces_from(scope: Scope) -> Result {
    scope.yields(()).await.map_err(|error| other().caused_by(error))
}

/// Raises another error from nothing: the body's is its context, and hidden.
#[manager]
async fn replaces_from_nothing(scope: Scope) -> Result {
    scope.yields(()).await.map_err(|_| other().from_nothing())
}

/// Raises another error, and cuts the chain behind it.
#[manager]
async fn replaces_and_cuts(scope: Scope) -> Result {
    scope.yields(()).await.map_err(|_| other().without_context())
}

/// Raises an error that looks like the body's, and is another.
#[manager]
async fn raises_an_equal(scope: Scope) -> Result {
    scope.yields(()).await.map_err(|error| Error::new(error.kinds(), error.message()))
}

/// Raises a group that holds the body's error.
#[manager]
async fn groups(scope: Scope) -> Result {
    scope.yields(()).await.map_err(|error| Error::group("group", "two failed", [error, other()]))
}

/// Raises a group in which the body's error lies below others.
#[manager]
async fn nests_groups(scope: Scope) -> Result {
    let inner =
        |error| Error::group("group", "within", [other(), Error::group("group", "innermost", [error])]);
    scope.yields(()).await.map_err(|error| Error::group("group", "all failed", [inner(error), other()]))
}

/// Adds a line to the body's error, and returns it.
#[manager]
async fn notes(note: String, scope: Scope) -> Result {
    scope.yields(()).await.map_err(|error| error.note(note))
}

/// Raises an error where the body completed.
#[manager]
async fn raises_after(scope: Scope) -> Result {
    scope.yields(()).await?;
    Err(other())
}

/// Raises an error ahead of its yield.
#[manager]
async fn raises_before(_scope: Scope) -> Result {
    Err(other())
}

/// Keeps a second handle of the body's error, and returns the first.
#[manager]
async fn holds_a_second_handle(scope: Scope) -> Result {
    let body = scope.yields(()).await;
    std::mem::forget(body.clone());
    body
}

/// Yields how many milliseconds its enter has left, and raises an error if it is told in its exit that the body was cancelled.
#[manager]
async fn asks(scope: Scope<u128>) -> Result {
    let body = scope.yields(phase::time_left().as_millis()).await;
    if phase::is_cancelled() { Err(other()) } else { body }
}

/// Takes that many milliseconds for its exit, which it sleeps through.
#[manager]
async fn naps(millis: u64, scope: Scope) -> Result {
    let body = scope.yields(()).await;
    std::thread::sleep(std::time::Duration::from_millis(millis));
    body
}

fn other() -> Error {
    Error::new("other", "the manager's own")
}

plugin!(
    suppresses,
    reraises,
    replaces,
    replaces_from,
    replaces_from_nothing,
    replaces_and_cuts,
    raises_an_equal,
    groups,
    nests_groups,
    notes,
    raises_after,
    raises_before,
    holds_a_second_handle,
    asks,
    naps,
);
