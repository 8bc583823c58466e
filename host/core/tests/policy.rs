//! Who may suppress and replace what: the table of families in `wit/README.md`.

use ambit_core::{Answer, Family, Incident, Policy, Raised, Settled, settle};

fn raised(family: Family, kind: &str) -> Raised {
    Raised::new(family, [kind], "")
}

/// What an exit was given, and another error.
fn given(family: Family, kind: &str) -> (Raised, Raised) {
    (raised(family, kind), raised(Family::Error, "other"))
}

fn suppress(pending: &Raised, policy: Policy) -> Settled {
    settle(Some(pending.clone()), Answer::Ended, &policy)
}

fn replace(pending: &Raised, other: &Raised) -> Settled {
    replace_by(pending, other, &Policy::default())
}

fn replace_by(pending: &Raised, other: &Raised, policy: &Policy) -> Settled {
    settle(Some(pending.clone()), Answer::Raised(other.clone()), policy)
}

#[track_caller]
fn check_suppressed(settled: &Settled) {
    assert!(settled.pending.is_none() && settled.incident.is_none(), "{settled:?}");
}

#[track_caller]
fn check_not_suppressed(settled: &Settled, pending: &Raised) {
    assert!(settled.pending.as_ref().is_some_and(|now| now.is_same(pending)), "{settled:?}");
    assert!(
        matches!(&settled.incident, Some(Incident::SuppressionRefused { pending: it, .. }) if it.is_same(pending))
    );
}

#[track_caller]
fn check_replaced(settled: &Settled, other: &Raised) {
    assert!(settled.pending.as_ref().is_some_and(|now| now.is_same(other)), "{settled:?}");
    assert!(settled.incident.is_none(), "{settled:?}");
}

/// It goes on, and what would have taken its place is told, with it as context: nothing is lost.
#[track_caller]
fn check_not_replaced(settled: &Settled, given: &Raised, other: &Raised) {
    assert!(settled.pending.as_ref().is_some_and(|now| now.is_same(given)), "{settled:?}");
    assert!(other.context().is_some_and(|context| context.is_same(given)));
    match &settled.incident {
        Some(Incident::ReplacementRefused { pending, raised, .. }) => {
            assert!(pending.is_same(given) && raised.is_same(other));
        }
        incident => panic!("{incident:?}"),
    }
}

#[test]
fn an_error_may_be_suppressed_and_replaced() {
    let (pending, other) = given(Family::Error, "error");
    check_suppressed(&suppress(&pending, Policy::default()));
    check_replaced(&replace(&pending, &other), &other);
}

#[test]
fn an_error_may_be_replaced_but_not_suppressed_where_the_policy_says_so() {
    let (pending, _) = given(Family::Error, "error");
    check_not_suppressed(&suppress(&pending, Policy::default().suppress_errors(false)), &pending);
}

#[test]
fn a_fault_may_be_replaced_and_only_where_the_policy_says_so_suppressed() {
    let (pending, other) = given(Family::Fault, "trap");
    check_not_suppressed(&suppress(&pending, Policy::default()), &pending);
    check_suppressed(&suppress(&pending, Policy::default().suppress_faults(true)));
    check_replaced(&replace(&pending, &other), &other);
}

#[test]
fn ct40_a_cancellation_goes_on_whatever_is_said() {
    let (pending, other) = given(Family::Cancelled, "interrupted");
    check_not_suppressed(&suppress(&pending, Policy::default().suppress_faults(true)), &pending);
    check_not_replaced(&replace(&pending, &other), &pending, &other);
}

#[test]
fn a_panic_goes_on_whatever_is_said() {
    let (pending, other) = given(Family::Fault, "panic");
    check_not_suppressed(&suppress(&pending, Policy::default().suppress_faults(true)), &pending);
    check_not_replaced(&replace(&pending, &other), &pending, &other);
}

#[test]
fn ct04_the_same_error_is_no_replacement() {
    let (pending, _) = given(Family::Cancelled, "interrupted");
    let settled = replace(&pending, &pending);
    check_replaced(&settled, &pending);
    assert!(pending.context().is_none());
}

#[test]
fn xt02_a_lost_exit_keeps_what_was_pending_and_is_told() {
    for pending in [None, Some(raised(Family::Error, "error"))] {
        let fault = raised(Family::Fault, "trap");
        let settled = settle(pending.clone(), Answer::Lost(fault.clone()), &Policy::default());
        assert_eq!(settled.pending.is_some(), pending.is_some());
        assert!(matches!(settled.incident, Some(Incident::Lost(it)) if it.is_same(&fault)));
    }
}

#[test]
fn ct33_an_error_of_an_exit_goes_on_where_the_body_completed() {
    let (_, other) = given(Family::Error, "error");
    let settled = settle(None, Answer::Raised(other.clone()), &Policy::default());
    check_replaced(&settled, &other);
    assert!(other.context().is_none());
}

#[test]
fn by_a_policy_of_none_nothing_is_suppressed_or_replaced() {
    for family in [Family::Error, Family::Fault] {
        let (pending, other) = given(family, "error");
        check_not_suppressed(&suppress(&pending, Policy::none()), &pending);
        check_not_replaced(&replace_by(&pending, &other, &Policy::none()), &pending, &other);
    }
}

#[test]
fn by_a_policy_of_none_the_same_error_goes_on_and_an_own_one_is_raised() {
    let (pending, other) = given(Family::Error, "error");
    check_replaced(&replace_by(&pending, &pending, &Policy::none()), &pending);
    let settled = settle(None, Answer::Raised(other.clone()), &Policy::none());
    check_replaced(&settled, &other);
}

#[test]
fn of_errors_only_those_of_the_named_kinds_are_suppressed_wherever_the_kind_stands() {
    let only = || Policy::default().suppress_only(["exit-status:1", "not-found"]);
    let found = Raised::new(Family::Error, ["rust:std::io::Error", "not-found"], "");
    check_suppressed(&suppress(&found, only()));
    let (pending, other) = given(Family::Error, "exit-status");
    check_not_suppressed(&suppress(&pending, only()), &pending);
    check_replaced(&replace_by(&pending, &other, &only()), &other);
    check_not_suppressed(&suppress(&found, Policy::default().suppress_only([""; 0])), &found);
}

#[test]
fn a_fault_of_a_named_kind_is_suppressed_only_where_faults_are() {
    let (pending, _) = given(Family::Fault, "trap");
    let only = |kind: &str| Policy::default().suppress_only([kind]);
    check_not_suppressed(&suppress(&pending, only("trap")), &pending);
    check_suppressed(&suppress(&pending, only("trap").suppress_faults(true)));
    check_not_suppressed(&suppress(&pending, only("budget").suppress_faults(true)), &pending);
}

#[test]
fn no_kind_that_is_named_stops_a_cancellation_or_a_panic() {
    for (family, kind) in [(Family::Cancelled, "interrupted"), (Family::Fault, "panic")] {
        let (pending, _) = given(family, kind);
        let policy = Policy::default().suppress_faults(true).suppress_only([kind]);
        check_not_suppressed(&suppress(&pending, policy), &pending);
    }
}
