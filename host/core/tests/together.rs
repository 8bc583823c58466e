//! What exits together: no failure is lost, and one that suppresses does so for all.

use ambit_core::{Answer, Family, Incident, Policy, Raised, Stack, settle_together, together};

fn error(kind: &str) -> Raised {
    Raised::new(Family::Error, [kind], kind)
}

fn settle(pending: Option<&Raised>, answers: Vec<Answer>) -> (Option<Raised>, Vec<Incident>) {
    let policy = Policy::default();
    settle_together(pending.cloned(), answers.into_iter().map(|answer| ("manager", answer, &policy)))
}

#[test]
fn the_same_error_goes_on_where_none_says_otherwise() {
    let body = error("body");
    let (pending, incidents) = settle(Some(&body), vec![Answer::Raised(body.clone()), Answer::Passed]);
    assert!(pending.unwrap().is_same(&body) && incidents.is_empty());
    assert!(settle(None, vec![Answer::Ended, Answer::Ended]).0.is_none());
}

#[test]
fn one_that_suppresses_does_so_for_all() {
    let body = error("body");
    let (pending, _) = settle(Some(&body), vec![Answer::Raised(body.clone()), Answer::Ended]);
    assert!(pending.is_none());
}

#[test]
fn one_that_raises_replaces_though_another_suppresses() {
    let (body, other) = (error("body"), error("other"));
    let (pending, _) = settle(Some(&body), vec![Answer::Ended, Answer::Raised(other.clone())]);
    let pending = pending.unwrap();
    assert!(pending.is_same(&other) && pending.context().unwrap().is_same(&body));
}

#[test]
fn several_that_raise_are_a_group_whose_context_is_the_error_that_they_were_given() {
    let (body, one, other) = (error("body"), error("one"), error("other"));
    let answers = vec![Answer::Raised(one.clone()), Answer::Passed, Answer::Raised(other.clone())];
    let group = settle(Some(&body), answers).0.unwrap();
    assert!(group.members()[0].is_same(&one) && group.members()[1].is_same(&other));
    assert!(group.context().unwrap().is_same(&body));
    assert_eq!(group.family(), Family::Error);
}

#[test]
fn each_is_allowed_what_its_own_policy_allows() {
    let (body, free, bound) = (error("body"), Policy::default(), Policy::none());
    let answers = [("bound", Answer::Ended, &bound), ("free", Answer::Passed, &free)];
    let (pending, incidents) = settle_together(Some(body.clone()), answers);
    assert!(pending.unwrap().is_same(&body));
    assert!(matches!(&incidents[..], [Incident::SuppressionRefused { by: Some(by), .. }] if by == "bound"));
}

#[test]
fn a_group_with_a_cancellation_in_it_is_one() {
    let cancelled = Raised::new(Family::Cancelled, ["interrupted"], "stop");
    assert_eq!(together(vec![error("one"), cancelled], "several").family(), Family::Cancelled);
    assert!(together(vec![error("one")], "several").members().is_empty());
}

#[test]
fn what_is_tied_is_told_of_one_that_was_lost() {
    let fault = Raised::new(Family::Fault, ["trap"], "trap");
    let mut stack = Stack::default();
    stack.push("group");
    let mut walk = stack.unwind(None);
    walk.next_entry();
    let policy = Policy::default();
    walk.answered_together(vec![
        ("one", Answer::Ended, &policy),
        ("other", Answer::Lost(fault.clone()), &policy),
    ]);
    assert!(walk.released().fault().unwrap().is_same(&fault));
    assert_eq!(walk.finish().incidents.len(), 1);
}
