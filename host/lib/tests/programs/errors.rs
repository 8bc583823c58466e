//! A plugin that makes errors in unreasonable amounts.

use std::time::Duration;

use ambit::{FaultKind, Isolation, Limits, Phase};
use serde_json::json;

use crate::{check_fault, check_not_entered, fail, fail_with, manager};

fn errors(name: &str) -> ambit::Manager {
    manager(programs::ERRORS, name)
}

#[test]
fn a_scope_that_makes_too_many_errors_is_a_fault() {
    for name in ["hoards", "spends", "long_chain"] {
        let few = errors(name).limits(Limits::default().errors(100));
        check_not_entered(&few, json!({"count": 101}), Phase::Enter, FaultKind::Errors);
    }
}

#[test]
fn as_many_errors_as_are_allowed_can_be_made_in_every_scope() {
    let spends = errors("spends").limits(Limits::default().errors(100));
    for _ in 0..3 {
        let (ended, own) = fail_with(&spends, json!({"count": 100}));
        assert_eq!(ended.unwrap_err().into_body().unwrap().0, own);
    }
}

/// A manager that goes on for ever, whose bytes are to end it: it may make any number of errors, and has time enough.
fn hostile(name: &str) -> ambit::Manager {
    let time = Duration::from_secs(5);
    errors(name).limits(
        Limits::default().memory(8 << 20).errors(usize::MAX).handles(1_000_000).enter(time).exit(time),
    )
}

#[test]
fn what_errors_say_takes_of_the_limit_of_memory() {
    for name in [
        "own_notes_without_end",
        "messages_without_end",
        "messages_released_without_end",
        "kinds_without_end",
        "members_without_end",
    ] {
        let fault = check_not_entered(&hostile(name), (), Phase::Enter, FaultKind::Errors);
        assert!(fault.to_string().contains("8388608 bytes"), "{name}: {fault}");
    }
}

#[test]
fn what_is_added_to_the_body_s_error_takes_of_the_limit_of_memory() {
    for name in ["notes_without_end", "empty_notes_without_end"] {
        check_body_kept(&hostile(name), FaultKind::Errors);
    }
}

#[test]
fn handles_without_end_are_a_fault() {
    check_body_kept(&manager(programs::RAW, "handles_without_end"), FaultKind::Handles);
}

/// Checks that an exit is lost for this reason where the body failed.
#[track_caller]
fn check_body_kept(manager: &ambit::Manager, kind: FaultKind) {
    let (ended, own) = fail(manager);
    let failure = ended.unwrap_err();
    check_fault(&failure, Phase::Exit, kind);
    assert_eq!(failure.into_body().unwrap().0, own);
}

#[test]
fn a_chain_of_thousands_is_shown_and_released() {
    let (ended, _) = fail_with(&errors("long_chain"), json!({"count": 9_000}));
    assert_eq!(ended.unwrap_err().raised().chain().count(), 9_000);
}

#[test]
fn a_long_message_arrives_whole() {
    let (ended, _) = fail_with(&errors("long_message"), json!({"bytes": 1 << 20}));
    assert_eq!(ended.unwrap_err().raised().message().len(), 1 << 20);
}

#[test]
fn what_is_longer_than_a_mebibyte_is_cut_and_says_so() {
    let (ended, _) = fail_with(&errors("long_words"), json!({"bytes": (1 << 20) + 6}));
    let failure = ended.unwrap_err();
    let (raised, kept) = (failure.raised(), "é".repeat(1 << 19));
    for text in [&raised.kinds()[0], raised.message(), &raised.notes()[0]] {
        assert!(text.starts_with(&kept));
        assert_eq!(text.strip_prefix(&kept), Some("… (6 more bytes)"));
    }
}

#[test]
fn a_ring_of_errors_is_not_made() {
    let (ended, _) = fail(&errors("ring"));
    let failure = ended.unwrap_err();
    assert_eq!(failure.raised().chain().count(), 2);
}

#[test]
fn errors_that_a_guest_leaks_do_not_add_up_over_scopes() {
    // Each scope leaves one handle; 100 in one store would be its end.
    let leaks = manager(programs::ANSWERS, "holds_a_second_handle").limits(Limits::default().handles(100));
    for isolation in [Isolation::lease(), Isolation::shared()] {
        let leaks = leaks.clone().isolation(isolation);
        for _ in 0..1_000 {
            let (ended, own) = fail(&leaks);
            let failure = ended.unwrap_err();
            assert_eq!(failure.faults().count(), 0, "{isolation:?}: {failure:?}");
            assert_eq!(failure.into_body().unwrap().0, own);
        }
    }
}
