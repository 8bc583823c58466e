//! What exits together: no failure is lost, and one that suppresses does so for all.

use ambit_core::{Answer, Family, Incident, Policy, Raised, Stack, settle_together, together};
use proptest::prelude::*;

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

/// What one of those that exit together does.
#[derive(Clone, Copy, Debug)]
enum Does {
    Ends,
    Passes,
    RaisesAgain,
    RaisesItsOwn,
    IsLost,
}

fn does() -> impl Strategy<Value = (Does, bool)> {
    let does = prop_oneof![
        Just(Does::Ends),
        Just(Does::Passes),
        Just(Does::RaisesAgain),
        Just(Does::RaisesItsOwn),
        Just(Does::IsLost)
    ];
    (does, any::<bool>())
}

proptest! {
    #[test]
    fn nothing_that_is_raised_or_lost_is_lost_and_nothing_else_goes_on(
        all in proptest::collection::vec(does(), 0..6),
        fails: bool,
    ) {
        let body = fails.then(|| error("body"));
        let mut own = Vec::new();
        let answers: Vec<_> = all.iter().map(|(does, _)| match (does, &body) {
            (Does::Ends, _) => Answer::Ended,
            (Does::RaisesAgain, Some(body)) => Answer::Raised(body.clone()),
            (Does::Passes | Does::RaisesAgain, _) => Answer::Passed,
            (Does::RaisesItsOwn, _) => {
                own.push(error("own"));
                Answer::Raised(own.last().unwrap().clone())
            }
            (Does::IsLost, _) => {
                own.push(Raised::new(Family::Fault, ["trap"], "trap"));
                Answer::Lost(own.last().unwrap().clone())
            }
        }).collect();
        let (free, bound) = (Policy::default(), Policy::none());
        let policies: Vec<_> = all.iter().map(|(_, is_free)| if *is_free { &free } else { &bound }).collect();
        let given = answers.into_iter().zip(&policies).map(|(answer, policy)| ("manager", answer, *policy));
        let (pending, incidents) = settle_together(body.clone(), given);

        let told = |wanted: &Raised| {
            let incident = incidents.iter().any(|incident| match incident {
                Incident::Lost(raised) | Incident::ReplacementRefused { raised, .. } => raised.is_same(wanted),
                _ => false,
            });
            let goes_on = pending.iter().flat_map(|pending| std::iter::once(pending).chain(pending.members()));
            incident || goes_on.clone().any(|raised| raised.is_same(wanted))
        };
        prop_assert!(own.iter().all(told), "{own:?}: {pending:?}, {incidents:?}");
        let replaces = |(does, is_free): &(Does, bool)| matches!(does, Does::RaisesItsOwn) && (*is_free || !fails);
        let suppresses = |(does, is_free): &(Does, bool)| matches!(does, Does::Ends) && *is_free && fails;
        if all.iter().any(replaces) {
            let pending = pending.unwrap();
            prop_assert!(body.is_none_or(|body| !pending.is_same(&body) && reaches(&pending, &body)));
        } else if all.iter().any(suppresses) {
            prop_assert!(pending.is_none());
        } else {
            prop_assert_eq!(pending.is_some(), fails);
            prop_assert!(pending.is_none_or(|pending| pending.is_same(&body.unwrap())));
        }
    }
}

/// Whether the body's error is what the other was raised in place of.
fn reaches(raised: &Raised, body: &Raised) -> bool {
    raised.chain().any(|(_, link)| link.is_same(body))
}
