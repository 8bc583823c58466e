//! Recordings that nobody has seen: made for this run, by a CPython that is at hand.
//!
//! Where there is none these tests fail, and say what to do. `CONFORMANCE_FRESH=skip` goes without them, and says so.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod python;

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use conformance::{Native, Sandbox, Suite, Tally};

/// Plays a recording of a new seed; to play one again, set `CONFORMANCE_SEED`.
#[track_caller]
fn check(arguments: &[&str], play: impl Fn(&Suite) -> Tally) {
    if std::env::var("CONFORMANCE_FRESH").is_ok_and(|wish| wish == "skip") {
        // Past what the test harness captures: what is not tested is to be seen.
        let told = format!("not tested, as CONFORMANCE_FRESH=skip asks: {arguments:?}\n");
        std::io::stderr().write_all(told.as_bytes()).unwrap();
        return;
    }
    let python = python::find().unwrap_or_else(|problem| panic!("{problem}"));
    let seed = std::env::var("CONFORMANCE_SEED")
        .unwrap_or_else(|_| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos().to_string());
    let suite = Suite::parse(&python::record(&python, &seed, arguments)).unwrap();
    let tally = play(&suite);
    if let Some(first) = tally.failed.first() {
        panic!("{tally}, with CONFORMANCE_SEED={seed}\n{first}");
    }
    assert!(tally.passed > 0, "{tally}, with CONFORMANCE_SEED={seed}");
}

fn natively(suite: &Suite) -> Tally {
    suite.play(|scenario| Native.play(scenario))
}

fn sandboxed(suite: &Suite) -> Tally {
    let sandbox = Sandbox::new().unwrap();
    suite.play(|scenario| sandbox.play(scenario))
}

#[test]
fn the_semantics_alone_repeat_a_fresh_recording() {
    check(&["--count", "1000"], natively);
}

#[test]
fn the_semantics_alone_repeat_a_fresh_recording_of_deep_blocks() {
    check(&["--count", "100", "--size", "6"], natively);
}

#[test]
fn managers_in_the_sandbox_repeat_a_fresh_recording() {
    check(&["--count", "300"], sandboxed);
}

#[test]
fn managers_in_the_sandbox_repeat_a_fresh_async_recording() {
    check(&["--count", "300", "--async"], sandboxed);
}
