//! The manager as a whole, natively.

use ambit_guest::testing::{enter, json, raised};
use ambit_guest::{Error, Family, Result};

use super::suppress;

/// How a body ends that failed with `error` under `suppress(kinds…)`.
fn ended(kinds: &[&str], error: &Error) -> Result {
    enter(suppress, json!({"kinds": kinds})).unwrap().exit(Err(error.clone()))
}

#[track_caller]
fn goes_on(kinds: &[&str], error: &Error) {
    assert!(ended(kinds, error).unwrap_err().is_same(error), "{kinds:?}");
}

fn status(status: u8) -> Error {
    Error::new([format!("exit-status:{status}"), "exit-status".into()], format!("it ended with {status}"))
}

fn group(message: &str, members: impl IntoIterator<Item = Error>) -> Error {
    Error::group("python:builtins.ExceptionGroup", message, members)
}

#[track_caller]
fn same(left: &[Error], right: &[&Error]) {
    assert_eq!(left.len(), right.len());
    assert!(left.iter().zip(right).all(|(left, right)| left.is_same(right)));
}

#[test]
fn a_body_that_completes_completes() {
    enter(suppress, json!({"kinds": ["exit-status"]})).unwrap().exit(Ok(())).unwrap();
}

#[test]
fn a_kind_matches_anywhere_in_the_path() {
    ended(&["exit-status:1"], &status(1)).unwrap();
    ended(&["not-found", "exit-status"], &status(1)).unwrap();
}

#[test]
fn another_kind_goes_on_as_the_same_error() {
    goes_on(&["exit-status:2", "exit", ""], &status(1));
}

#[test]
fn no_kinds_suppress_nothing() {
    goes_on(&[], &status(1));
    let ended = enter(suppress, ()).unwrap().exit(Err(group("none", [])));
    assert!(ended.is_err());
}

#[test]
fn what_was_cancelled_goes_on_although_its_kind_is_named() {
    goes_on(&["interrupted"], &raised(Family::Cancelled, "interrupted", "SIGINT"));
}

#[test]
fn a_group_is_suppressed_if_all_its_members_match() {
    ended(&["exit-status"], &group("both", [status(1), status(2)])).unwrap();
    ended(&["exit-status"], &group("nested", [group("inner", [status(1)]), status(2)])).unwrap();
}

#[test]
fn a_group_whose_own_kind_is_named_is_suppressed_as_a_whole() {
    ended(&["python:builtins.ExceptionGroup"], &group("it", [status(1)])).unwrap();
}

#[test]
fn a_group_without_a_match_goes_on_as_the_same_error() {
    goes_on(&["not-found"], &group("both", [status(1), group("inner", [status(2)])]));
}

#[test]
fn of_a_group_the_rest_goes_on_as_a_new_one() {
    let (one, two, three) = (status(1), status(2), status(3));
    let inner = group("inner", [one.clone(), two.clone()]);
    let cause = Error::new("not-found", "why");
    let whole = group("outer", [inner, one.clone(), three.clone()]).note("a note").caused_by(cause.clone());

    let rest = ended(&["exit-status:1"], &whole).unwrap_err();

    assert!(!rest.is_same(&whole));
    assert_eq!(rest.kinds(), whole.kinds());
    assert_eq!((rest.message(), rest.notes()), ("outer", vec!["a note".to_owned()]));
    assert!(rest.cause().unwrap().is_same(&cause));
    assert!(rest.context().unwrap().is_same(&whole), "nothing is lost");
    let members = rest.members();
    same(&members[1..], &[&three]);
    assert_eq!(members[0].message(), "inner");
    same(&members[0].members(), &[&two]);
}

#[test]
fn a_cancelled_member_is_never_dropped() {
    let cancelled = raised(Family::Cancelled, "interrupted", "SIGINT");
    let whole = group("both", [cancelled.clone(), status(1)]);
    let rest = ended(&["interrupted", "exit-status", "python:builtins.ExceptionGroup"], &whole).unwrap_err();
    same(&rest.members(), &[&cancelled]);
}
