//! Recordings that nobody has seen: made for this run, by a Python that is at hand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod python;

use std::time::{SystemTime, UNIX_EPOCH};

use conformance::{Native, Sandbox, Suite, Tally};

/// Plays a recording of a new seed; to play one again, set `CONFORMANCE_SEED`.
#[track_caller]
fn check(arguments: &[&str], play: impl Fn(&Suite) -> Tally) {
    let Some(python) = python::find() else {
        eprintln!(
            "skipped: no CPython 3.12 or newer was found on the PATH; install one, or set PYTHON to its path"
        );
        return;
    };
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
