//! What an exit answers, and what the host makes of it.

use std::sync::Arc;

use ambit::{Family, Incident, Outcome, Policy, Raised, Relation};
use serde::de::IgnoredAny;

use crate::{Own, complete, fail, fail_with, manager};

/// A manager of the program `answers`.
pub(crate) fn answers(name: &str) -> ambit::Manager {
    manager(programs::ANSWERS, name)
}

#[test]
fn a_body_that_completes_gives_its_result() {
    assert_eq!(complete(&answers("reraises")).unwrap(), Outcome::Completed(7));
}

#[test]
fn a_reraised_error_is_the_very_value_that_the_body_returned() {
    let (ended, own) = fail(&answers("reraises"));
    let error = ended.unwrap_err().into_body().unwrap();
    assert!(Arc::ptr_eq(&error.0, &own));
}

#[test]
fn a_suppressed_error_is_told_apart_and_given_back() {
    let (ended, own) = fail(&answers("suppresses"));
    let Outcome::Suppressed(error) = ended.unwrap() else { panic!("it is suppressed") };
    assert!(Arc::ptr_eq(&error.0, &own));
}

#[test]
fn a_replaced_error_stays_in_the_chain_where_it_can_be_downcast() {
    for (name, relation) in [("replaces", Relation::Context), ("replaces_from", Relation::Cause)] {
        let (ended, own) = fail(&answers(name));
        let failure = ended.unwrap_err();
        assert!(failure.body().is_none());
        let chain: Vec<_> = failure.raised().chain().collect();
        assert!(chain[0].1.is("other"));
        assert_eq!(chain[1].0, relation);
        assert!(Arc::ptr_eq(&chain[1].1.native::<Own>().unwrap().0, &own), "{name}");
        assert_eq!(failure.faults().count(), 0);
    }
}

#[test]
fn an_error_raised_from_nothing_hides_its_context_and_keeps_it() {
    let (ended, _) = fail(&answers("replaces_from_nothing"));
    let failure = ended.unwrap_err();
    assert_eq!(failure.raised().chain().count(), 1);
    assert!(failure.raised().context().unwrap().native::<Own>().is_some());
}

#[test]
fn a_chain_that_is_cut_stays_cut() {
    let (ended, _) = fail(&answers("replaces_and_cuts"));
    assert!(ended.unwrap_err().raised().context().is_none());
}

#[test]
fn an_equal_error_is_a_replacement() {
    let (ended, own) = fail(&answers("raises_an_equal"));
    let failure = ended.unwrap_err();
    assert!(failure.body().is_none());
    assert_eq!(failure.raised().message(), &*own);
}

#[test]
fn an_error_that_exit_raises_after_a_completed_body_has_no_context() {
    let failure = complete(&answers("raises_after")).unwrap_err();
    assert!(failure.raised().is("other"));
    assert!(failure.raised().context().is_none());
}

#[test]
fn where_enter_raises_the_body_does_not_run() {
    let ended = answers("raises_before").with((), |_: IgnoredAny| -> Result<(), Own> { panic!("it ran") });
    assert!(ended.unwrap_err().raised().is("other"));
}

#[test]
fn a_group_holds_the_body_s_error_itself() {
    let (ended, own) = fail(&answers("groups"));
    let failure = ended.unwrap_err();
    let member = &failure.raised().members()[0];
    assert!(Arc::ptr_eq(&member.native::<Own>().unwrap().0, &own));
}

#[test]
fn an_error_in_flight_that_is_replaced_makes_no_ring() {
    let raised = Raised::new(Family::Error, ["boom"], "boom");
    let own = raised.clone();
    let ended = answers("replaces").with((), |_: IgnoredAny| Err::<(), _>(own));
    assert!(ended.as_ref().unwrap_err().raised().context().unwrap().is_same(&raised));
    drop(ended);
    assert!(!raised.is_shared(), "something still holds it");
}

#[test]
fn a_manager_that_may_not_suppress_does_not() {
    let strict = answers("suppresses").policy(Policy::default().suppress_errors(false));
    let (ended, own) = fail(&strict);
    let failure = ended.unwrap_err();
    assert!(
        matches!(failure.incidents(), [Incident::SuppressionRefused { by: Some(by), .. }] if by == "suppresses")
    );
    assert!(Arc::ptr_eq(&failure.into_body().unwrap().0, &own));
}

#[test]
fn a_manager_that_may_not_replace_does_not_and_its_error_is_told() {
    let strict = answers("replaces").policy(Policy::none());
    let (ended, own) = fail(&strict);
    let failure = ended.unwrap_err();
    let [Incident::ReplacementRefused { by: Some(by), pending, raised }] = failure.incidents() else {
        panic!("{:?}", failure.incidents())
    };
    assert!(by == "replaces" && pending.is_same(failure.raised()) && raised.is("other"));
    assert!(raised.context().unwrap().is_same(pending));
    assert!(Arc::ptr_eq(&failure.into_body().unwrap().0, &own));
}

#[test]
fn a_manager_that_may_do_nothing_is_a_scope_like_any_other() {
    for name in ["reraises", "suppresses", "notes", "holds_a_second_handle"] {
        let strict = answers(name).policy(Policy::none());
        let (ended, own) = fail_with(&strict, if name == "notes" { vec!["a note"] } else { vec![] });
        assert!(Arc::ptr_eq(&ended.unwrap_err().into_body().unwrap().0, &own), "{name}");
    }
    assert!(complete(&answers("raises_after").policy(Policy::none())).unwrap_err().raised().is("other"));
}

#[test]
fn a_manager_suppresses_only_the_kinds_that_it_may() {
    let strict = answers("suppresses").policy(Policy::default().suppress_only(["not-found"]));
    let failing =
        |kind: std::io::ErrorKind| strict.with((), |_: IgnoredAny| Err::<(), _>(std::io::Error::from(kind)));
    assert!(failing(std::io::ErrorKind::NotFound).unwrap().is_suppressed());
    let failure = failing(std::io::ErrorKind::TimedOut).unwrap_err();
    assert!(matches!(failure.incidents(), [Incident::SuppressionRefused { .. }]));
}

#[test]
fn a_handle_that_a_guest_keeps_does_not_keep_the_body_s_error_from_moving_out() {
    let (ended, own) = fail(&answers("holds_a_second_handle"));
    assert!(Arc::ptr_eq(&ended.unwrap_err().into_body().unwrap().0, &own));
}

#[test]
fn any_type_of_error_can_be_raised() {
    let reraises = answers("reraises");
    let text = reraises.with((), |_: IgnoredAny| Err::<(), _>("text".to_owned()));
    assert_eq!(text.unwrap_err().into_body().unwrap(), "text");
    let boxed = reraises
        .with((), |_: IgnoredAny| Err::<(), _>(Box::<dyn std::error::Error + Send + Sync>::from("boxed")));
    let failure = boxed.unwrap_err();
    assert_eq!(failure.raised().message(), "boxed");
    assert_eq!(failure.into_body().unwrap().to_string(), "boxed");
}

#[test]
fn a_manager_is_told_how_much_time_its_phase_has_left_and_whether_its_body_was_cancelled() {
    let asks = answers("asks").limits(ambit::Limits::default().enter(std::time::Duration::from_secs(7)));
    let ended =
        asks.with((), |left: u64| Err::<(), _>(Raised::new(Family::Error, ["kind"], left.to_string())));
    let failure = ended.unwrap_err();
    assert!(failure.incidents().is_empty(), "{failure:?}");
    let left: u64 = failure.raised().message().parse().unwrap();
    assert!((1..=7_100).contains(&left), "{left}");
    let cancel = || Err::<(), _>(Raised::new(Family::Cancelled, ["interrupted"], "stop"));
    let failure = asks.with((), |_: IgnoredAny| cancel()).unwrap_err();
    assert!(matches!(failure.incidents(), [Incident::ReplacementRefused { .. }]), "{failure:?}");
}
