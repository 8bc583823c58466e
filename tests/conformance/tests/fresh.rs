//! Recordings that nobody has seen: made for this run, by a CPython that is at hand.
//!
//! They are more than `make test` needs: the recordings in this folder were made by CPython too. So where no CPython of 3.12 or
//! newer is at hand, a notice says that they are not tested, and what to do; with `CONFORMANCE_FRESH=require` they fail.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod python;

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use ambit::Isolation;
use conformance::{Suite, Tally};

/// Plays a recording of a new seed; to play one again, set `CONFORMANCE_SEED`.
#[track_caller]
fn check(arguments: &[&str], play: impl Fn(&Suite) -> Tally) {
    let python = match python::find() {
        Ok(python) => python,
        Err(problem) if std::env::var("CONFORMANCE_FRESH").is_ok_and(|wish| wish == "require") => {
            panic!("{problem}")
        }
        Err(problem) => {
            // Past what the test harness captures: what is not tested is to be seen.
            let notice = format!("\nNot tested: fresh recordings ({arguments:?}). {problem}\n");
            return std::io::stderr().write_all(notice.as_bytes()).unwrap();
        }
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
    check(&["--count", "300"], |suite| suite.play_sandboxed(None, Isolation::default()).unwrap());
}

#[test]
fn managers_in_the_sandbox_repeat_a_fresh_async_recording() {
    check(&["--count", "300", "--async"], |suite| suite.play_sandboxed(None, Isolation::default()).unwrap());
}
