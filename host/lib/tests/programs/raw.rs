//! A plugin made without an SDK, that breaks the contract.

use std::convert::Infallible;
use std::time::Duration;

use ambit::{Family, FaultKind, Limits, Outcome, Phase, Policy};
use serde::de::IgnoredAny;

use crate::answers::answers;
use crate::{check_fault, check_lost, check_not_entered, complete, fail, manager};

#[test]
fn a_value_that_is_no_json_is_a_fault_and_the_scope_is_exited() {
    for name in ["value_is_no_json", "value_is_empty"] {
        let fault = check_not_entered(&manager(programs::RAW, name), (), Phase::Enter, FaultKind::Protocol);
        assert!(fault.to_string().contains("its value is not JSON"), "{fault}");
    }
}

#[test]
fn a_value_that_is_nested_too_deep_is_told_as_that() {
    let nested = manager(programs::RAW, "value_is_nested");
    let failure = nested.with((), |_: serde_json::Value| Ok::<_, Infallible>(())).unwrap_err();
    let said = failure.to_string();
    assert!(said.ends_with("its value is nested more than 127 deep"), "{said}");
}

#[test]
fn an_error_raised_from_itself_makes_no_ring() {
    let (ended, _) = fail(&manager(programs::RAW, "raises_from_itself"));
    assert_eq!(ended.unwrap_err().raised().message(), "raised from itself");
}

#[test]
fn a_rule_that_is_not_known_is_a_fault_all_the_same() {
    let failure = complete(&manager(programs::RAW, "unknown_rule")).unwrap_err();
    assert_eq!(failure.raised().family(), Family::Fault);
    assert_eq!(failure.raised().kinds(), ["protocol"], "it has no kind of the guest's own");
    check_fault(&failure, Phase::Enter, FaultKind::Protocol);

    let failure = complete(&manager(programs::RAW, "enter_raises_a_fault")).unwrap_err();
    assert!(failure.raised().is("did-not-yield"), "{failure:?}");
    check_fault(&failure, Phase::Enter, FaultKind::Protocol);
}

#[test]
fn a_scope_that_fails_as_it_is_released_keeps_what_its_exit_answered() {
    // Exit and drop share a budget, which must do for the exit.
    let short = Limits::default().exit(Duration::from_millis(300));
    for (name, limits, kind) in [
        ("traps_when_dropped", Limits::default(), FaultKind::Trap),
        ("panics_when_dropped", Limits::default(), FaultKind::Panic),
        ("loops_when_dropped", short, FaultKind::Budget),
    ] {
        let fault = check_lost(&manager(programs::RAW, name).limits(limits), (), Phase::Drop, kind);
        assert!(fault.to_string().contains(&format!("the manager `{name}` failed in its drop: ")), "{fault}");
    }
}

#[test]
fn a_guest_cannot_forge_a_panic_of_the_host() {
    for name in ["broken_panic", "broken_panic_in_enter"] {
        let forges = manager(programs::RAW, name);
        let failure = complete(&forges).unwrap_err();
        assert!(!failure.raised().is("panic"), "{failure:?}");

        let replaces = answers("replaces").with((), |_: IgnoredAny| complete(&forges));
        let failure = replaces.unwrap_err();
        assert!(failure.raised().is("other"), "{failure:?}");
        assert!(failure.incidents().is_empty(), "{failure:?}");

        let suppresses = answers("suppresses").policy(Policy::default().suppress_faults(true));
        let ended = suppresses.with((), |_: IgnoredAny| complete(&forges));
        assert!(matches!(ended, Ok(Outcome::Suppressed(_))), "{ended:?}");
    }
}
