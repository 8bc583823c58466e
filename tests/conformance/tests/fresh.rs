//! Recordings that nobody has seen: made for this run, by a CPython that is at hand.
//!
//! They are more than `make test` needs: the recordings in this folder were made by CPython too. So where no CPython of 3.12 or
//! newer is at hand, a notice says that they are not tested, and what to do; with `CONFORMANCE_FRESH=require` they fail.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;

use ambit::Isolation;
use conformance::{Guest, Guests, Language, Suite, Tally, cpython};

/// What `oracle.py` prints, with these arguments, unless there is no CPython.
#[track_caller]
fn oracle(arguments: &[&str]) -> Option<String> {
    match cpython::find() {
        Ok(python) => Some(cpython::oracle(&python, arguments).unwrap()),
        Err(problem) if cpython::is_required() => panic!("{problem}"),
        Err(problem) => {
            // Past what the test harness captures: what is not tested is to be seen.
            let notice = format!("\nNot tested: what CPython makes of {arguments:?}. {problem}\n");
            std::io::stderr().write_all(notice.as_bytes()).unwrap();
            None
        }
    }
}

/// Plays a recording of a new seed; to play one again, set `CONFORMANCE_SEED`.
#[track_caller]
fn check(arguments: &[&str], play: impl Fn(&Suite) -> Tally) {
    let seed = cpython::seed();
    let Some(recording) = oracle(&[&["generate", "--seed", &seed], arguments].concat()) else { return };
    let tally = play(&Suite::parse(&recording).unwrap());
    if let Some(first) = tally.failed.first() {
        panic!("{tally}, with CONFORMANCE_SEED={seed}\n{first}");
    }
    assert!(tally.passed > 0, "{tally}, with CONFORMANCE_SEED={seed}");
}

fn in_the_sandbox(suite: &Suite) -> Tally {
    let guests = Guests::new().unwrap();
    let sandbox = guests.sandbox(&Guest::One(Language::Rust), Isolation::default()).unwrap();
    suite.play(|scenario| sandbox.play(scenario))
}

#[test]
fn the_semantics_alone_repeat_a_fresh_recording() {
    check(&["--count", "1000"], Suite::play_natively);
}

#[test]
fn the_semantics_alone_repeat_a_fresh_recording_of_deep_blocks() {
    check(&["--count", "100", "--size", "6"], Suite::play_natively);
}

#[test]
fn managers_in_the_sandbox_repeat_a_fresh_recording() {
    check(&["--count", "300"], in_the_sandbox);
}

#[test]
fn managers_in_the_sandbox_repeat_a_fresh_async_recording() {
    check(&["--count", "300", "--async"], in_the_sandbox);
}

/// Nobody wrote down what a case expects, nor which tests of CPython's there are.
#[test]
fn the_cases_expect_what_cpython_does_and_stand_for_tests_that_it_has() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/cases.json");
    if let Some(now) = oracle(&["expect", path]) {
        assert_eq!(now, std::fs::read_to_string(path).unwrap(), "write it anew: oracle.py expect");
    }
    if let Some(unknown) = oracle(&["tests", path]) {
        assert_eq!(unknown, "", "CPython has no such tests");
    }
}

#[test]
fn the_recording_of_four_nested_managers_is_what_cpython_does() {
    if let Some(now) = oracle(&["nest"]) {
        assert!(now == include_str!("../nested.json"), "write it anew: oracle.py nest > nested.json");
    }
}

#[test]
fn bodies_that_await_repeat_a_fresh_recording() {
    let awaits = Guest::One(Language::AsyncRust);
    let guests = Guests::new().unwrap();
    for (arguments, isolation) in [
        (&["--count", "300"][..], Isolation::default()),
        (&["--count", "300", "--async"], Isolation::shared()),
    ] {
        let sandbox = guests.sandbox(&awaits, isolation).unwrap();
        check(arguments, |suite| suite.play_awaiting(&sandbox).unwrap());
    }
}
