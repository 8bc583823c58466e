//! The semantics alone leave what CPython left.

use conformance::{Native, Outcome, Suite, Tally, Trace, play};

#[track_caller]
fn check(suite: &Suite, scenarios: usize) {
    let tally: Tally = suite.play(|scenario| {
        let trace = Trace::default();
        let host = Native::new(scenario, trace.clone());
        Outcome::of(scenario, play(scenario, &host, &trace))
    });
    let first = tally.failed.first().map(ToString::to_string).unwrap_or_default();
    assert_eq!(tally.to_string(), format!("{scenarios} passed, 0 failed, 0 skipped"), "{first}");
}

#[test]
fn the_sync_recording_is_repeated() {
    check(&Suite::parse(include_str!("../sync.json")).unwrap(), 1000);
}

#[test]
fn the_async_recording_is_repeated() {
    check(&Suite::parse(include_str!("../async.json")).unwrap(), 500);
}
