//! The scopes that are timed, by bare calls and by Ambit.

use std::convert::Infallible;
use std::io;

use ambit::Manager;
use scope_bench::bare::{Bare, Instance};
use serde::de::IgnoredAny;
use serde_json::json;

pub(crate) const NONE: Option<io::Error> = None;

pub(crate) fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

pub(crate) fn completes(manager: &Manager) {
    let outcome = manager.with((), |_: IgnoredAny| Ok::<_, Infallible>(1));
    assert!(matches!(outcome, Ok(ambit::Outcome::Completed(1))), "the body completes");
}

/// The same by bare calls.
pub(crate) fn completes_bare(instance: &mut Instance) {
    assert!(instance.scope("reraises", "{}", NONE).is_ok_and(|reraised| !reraised), "the body completes");
}

pub(crate) fn fails(manager: &Manager) {
    let failed = manager.with((), |_: IgnoredAny| Err::<(), _>(not_found()));
    assert!(failed.is_err_and(|failure| failure.into_body().is_ok()), "the body's error comes back");
}

/// The same by bare calls.
pub(crate) fn fails_bare(instance: &mut Instance) {
    let answer = instance.scope("reraises", "{}", Some(not_found()));
    assert!(answer.is_ok_and(|reraised| reraised), "the body's error comes back");
}

/// A scope whose exit traps, and the next one, which works.
pub(crate) fn traps(manager: &Manager) {
    let lost = manager.with(json!({"trap": true}), |_: IgnoredAny| Ok::<_, Infallible>(1));
    assert!(lost.is_err_and(|failure| failure.into_outcome().is_ok()), "the body's result is kept");
    completes(manager);
}

/// The same by bare calls: the instance that trapped is of no more use, and another takes its place.
pub(crate) fn traps_bare(bare: &Bare, instance: &mut Instance) {
    assert!(instance.scope("counts", r#"{"trap":true}"#, NONE).is_err());
    *instance = bare.instance().expect("there is room for another");
    assert!(instance.scope("counts", "{}", NONE).is_ok());
}
