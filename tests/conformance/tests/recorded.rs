//! What CPython left is left again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;

use conformance::{Guest, Guests, ISOLATIONS, Language, Suite, Tally};

const SYNC: &str = include_str!("../sync.json");
const ASYNC: &str = include_str!("../async.json");
const NESTED: &str = include_str!("../nested.json");

#[track_caller]
fn check(recording: &str, play: impl Fn(&Suite) -> Tally, expected: &str) {
    let tally = play(&Suite::parse(recording).unwrap());
    let first = tally.failed.first().map(ToString::to_string).unwrap_or_default();
    assert_eq!(tally.to_string(), expected, "{first}");
}

/// Under each isolation, and tells how many passed: past what the test harness captures.
#[track_caller]
fn check_sandboxed(name: &str, recording: &str, expected: &str) {
    let guests = Guests::new().unwrap();
    for (policy, isolation) in ISOLATIONS {
        let sandbox = guests.sandbox(&Guest::One(Language::Rust), isolation).unwrap();
        check(recording, |suite| suite.play(|scenario| sandbox.play(scenario)), expected);
        let line = format!("Played in the sandbox: the {name} recording, isolation {policy}: {expected}\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
}

#[test]
fn the_semantics_alone_repeat_the_sync_recording() {
    check(SYNC, Suite::play_natively, "1000 passed, 0 failed, 0 skipped");
}

#[test]
fn the_semantics_alone_repeat_the_async_recording() {
    check(ASYNC, Suite::play_natively, "500 passed, 0 failed, 0 skipped");
}

#[test]
fn the_semantics_alone_repeat_the_recording_of_four_nested_managers() {
    check(NESTED, Suite::play_natively, "480 passed, 0 failed, 0 skipped");
}

/// Skipped are the scenarios in which a manager comes to a second yield.
#[test]
fn managers_in_the_sandbox_repeat_the_sync_recording_under_each_isolation() {
    check_sandboxed("sync", SYNC, "931 passed, 0 failed, 69 skipped");
}

/// What awaits on the way leaves the same trace, so the sync host plays it too.
#[test]
fn managers_in_the_sandbox_repeat_the_async_recording_under_each_isolation() {
    check_sandboxed("async", ASYNC, "472 passed, 0 failed, 28 skipped");
}

/// With a guest that awaits under each isolation, and with one that does not.
#[track_caller]
fn check_awaiting(recording: &str, expected: &str) {
    let guests = Guests::new().unwrap();
    let with = |guest: &Guest, isolation| {
        let sandbox = guests.sandbox(guest, isolation).unwrap();
        check(recording, |suite| suite.play_awaiting(&sandbox).unwrap(), expected);
    };
    ISOLATIONS.into_iter().for_each(|(_, isolation)| with(&awaits(), isolation));
    with(&Guest::One(Language::Rust), ISOLATIONS[0].1);
}

/// The guest in Rust that awaits.
fn awaits() -> Guest {
    Guest::One(Language::AsyncRust)
}

#[test]
fn bodies_that_await_repeat_the_async_recording_under_each_isolation() {
    check_awaiting(ASYNC, "472 passed, 0 failed, 28 skipped");
}

#[test]
fn bodies_that_await_repeat_the_sync_recording_under_each_isolation() {
    check_awaiting(SYNC, "931 passed, 0 failed, 69 skipped");
}

#[test]
fn bodies_that_do_not_await_repeat_the_recording_with_managers_that_do() {
    let guests = Guests::new().unwrap();
    for (_, isolation) in ISOLATIONS {
        let sandbox = guests.sandbox(&awaits(), isolation).unwrap();
        let expected = "472 passed, 0 failed, 28 skipped";
        check(ASYNC, |suite| suite.play(|scenario| sandbox.play(scenario)), expected);
    }
}
