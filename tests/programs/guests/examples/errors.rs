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

/// Raises an error with a long kind, a long message and a long note, of two bytes a character.
#[manager]
async fn long_words(bytes: usize, _scope: Scope) -> Result {
    let long = "é".repeat(bytes / 2);
    Err(Error::new(long.as_str(), long.as_str()).note(long))
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

/// Adds long lines to the body's error.
#[manager]
async fn notes_without_end(scope: Scope) -> Result {
    scope.yields(()).await.map_err(|mut body| {
        loop {
            body = body.note(long());
        }
    })
}

/// Adds long lines to an error of its own, ahead of its yield.
#[manager]
async fn own_notes_without_end(_scope: Scope) -> Result {
    let mut own = Error::new("own", "it gets longer and longer");
    loop {
        own = own.note(long());
    }
}

/// Adds empty lines to the body's error.
#[manager]
async fn empty_notes_without_end(scope: Scope) -> Result {
    scope.yields(()).await.map_err(|mut body| {
        loop {
            body = body.note("");
        }
    })
}

/// Makes errors with long messages, and keeps them all.
#[manager]
async fn messages_without_end(_scope: Scope) -> Result {
    let mut kept = Vec::new();
    loop {
        kept.push(Error::new("long", long()));
    }
}

/// Makes errors with long messages, and releases each.
#[manager]
async fn messages_released_without_end(_scope: Scope) -> Result {
    loop {
        drop(Error::new("long", long()));
    }
}

/// Makes errors of many kinds, all of them empty, and keeps them all.
#[manager]
async fn kinds_without_end(_scope: Scope) -> Result {
    let kinds = vec![""; 10_000];
    let mut kept = Vec::new();
    loop {
        kept.push(Error::new(kinds.as_slice(), "of many kinds"));
    }
}

/// Makes groups of many errors, and keeps them all.
#[manager]
async fn members_without_end(_scope: Scope) -> Result {
    let members = vec![Error::new("member", "one of many"); 10_000];
    let mut kept = Vec::new();
    loop {
        kept.push(Error::group("group", "of many", members.clone()));
    }
}

fn long() -> String {
    "x".repeat(1 << 20)
}

plugin!(
    hoards,
    spends,
    long_chain,
    long_message,
    long_words,
    ring,
    notes_without_end,
    own_notes_without_end,
    empty_notes_without_end,
    messages_without_end,
    messages_released_without_end,
    kinds_without_end,
    members_without_end
);
