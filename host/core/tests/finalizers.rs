//! Entries that are tied to others, held against a model: where they exit, and what they are told.

use ambit_core::{Answer, Family, Policy, Raised, Released, Stack};
use proptest::prelude::*;

/// What is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Scope(Say),
    Function(Say),
    /// It is tied to the last scope.
    Finalizer(Say),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Say {
    Passed,
    Ended,
    Raised,
    Lost,
}

#[derive(Clone, Copy, Debug)]
enum Body {
    Completes,
    Fails(Family),
}

const STEPS: &[Step] = &[
    Step::Scope(Say::Passed),
    Step::Scope(Say::Ended),
    Step::Scope(Say::Raised),
    Step::Scope(Say::Lost),
    Step::Function(Say::Passed),
    Step::Function(Say::Ended),
    Step::Function(Say::Raised),
    Step::Finalizer(Say::Passed),
    Step::Finalizer(Say::Raised),
];

const BODIES: &[Body] = &[Body::Completes, Body::Fails(Family::Error), Body::Fails(Family::Cancelled)];

/// An error: that of the step with this number, or behind the last the body's.
type Id = usize;

/// An exit: of the step with this number, what was pending, and of a finalizer whether the scope was lost, and to which fault.
type Ran = (usize, Option<Id>, Option<Option<Id>>);

#[derive(Debug, PartialEq, Eq)]
struct End {
    refused: Vec<usize>,
    ran: Vec<Ran>,
    pending: Option<Id>,
    /// Of the error of each step, and of the body.
    contexts: Vec<Option<Id>>,
}

/// Scopes and functions in reverse, and directly after each scope what was tied to it, in reverse.
fn model(body: Body, steps: &[Step]) -> End {
    let scope_of =
        |finalizer: usize| (0..finalizer).rev().find(|&step| matches!(steps[step], Step::Scope(_)));
    let is_finalizer = |step: &usize| matches!(steps[*step], Step::Finalizer(_));
    let finalizers = || (0..steps.len()).filter(is_finalizer);
    let mut order = Vec::new();
    for step in (0..steps.len()).rev().filter(|step| !is_finalizer(step)) {
        order.push((step, None));
        order.extend(
            finalizers().rev().filter(|&tied| scope_of(tied) == Some(step)).map(|tied| (tied, Some(step))),
        );
    }
    let mut end = End {
        refused: finalizers().filter(|&step| scope_of(step).is_none()).collect(),
        ran: Vec::new(),
        pending: matches!(body, Body::Fails(_)).then_some(steps.len()),
        contexts: vec![None; steps.len() + 1],
    };
    for (step, tied_to) in order {
        let lost = tied_to.map(|scope| (steps[scope] == Step::Scope(Say::Lost)).then_some(scope));
        end.ran.push((step, end.pending, lost));
        let goes_on = end.pending == Some(steps.len()) && matches!(body, Body::Fails(Family::Cancelled));
        match steps[step] {
            Step::Scope(say) | Step::Function(say) | Step::Finalizer(say) => match say {
                Say::Ended if !goes_on => end.pending = None,
                Say::Raised => {
                    end.contexts[step] = end.pending;
                    end.pending = if goes_on { end.pending } else { Some(step) };
                }
                Say::Passed | Say::Lost | Say::Ended => {}
            },
        }
    }
    end
}

fn real(body: Body, steps: &[Step]) -> End {
    let mut errors: Vec<_> = steps.iter().map(|_| Raised::new(Family::Error, ["step"], "")).collect();
    if let Body::Fails(family) = body {
        errors.push(Raised::new(family, ["body"], ""));
    } else {
        errors.push(Raised::new(Family::Error, ["unused"], ""));
    }
    let id = |raised: &Raised| {
        errors.iter().position(|each| each.is_same(raised)).expect("every error is made here")
    };

    let (mut stack, mut refused) = (Stack::default(), Vec::new());
    for (number, &step) in steps.iter().enumerate() {
        let entry = (number, step);
        match step {
            Step::Finalizer(_) => {
                let tied = stack.tie(entry, |(_, step)| matches!(step, Step::Scope(_)));
                refused.extend(tied.err().map(|(number, _)| number));
            }
            Step::Scope(_) | Step::Function(_) => stack.push(entry),
        }
    }
    // What is tied goes where the other goes.
    let mut stack = stack.pop_all();
    let mut unwind = stack.unwind(matches!(body, Body::Fails(_)).then(|| errors[steps.len()].clone()));
    let mut ran = Vec::new();
    while let Some((number, step)) = unwind.next_entry() {
        let told = matches!(step, Step::Finalizer(_)).then(|| unwind.released().fault().map(id));
        ran.push((number, unwind.pending().map(id), told));
        let (Step::Scope(say) | Step::Function(say) | Step::Finalizer(say)) = step;
        let answer = match say {
            Say::Passed => Answer::Passed,
            Say::Ended => Answer::Ended,
            Say::Raised => Answer::Raised(errors[number].clone()),
            Say::Lost => Answer::Lost(errors[number].clone()),
        };
        unwind.answered(None, answer, &Policy::default());
    }
    let pending = unwind.finish().pending.as_ref().map(id);
    let contexts = errors.iter().map(|error| error.context().as_ref().map(id)).collect();
    End { refused, ran, pending, contexts }
}

#[track_caller]
fn check(body: Body, steps: &[Step]) {
    assert_eq!(real(body, steps), model(body, steps), "{body:?}, {steps:?}");
}

#[test]
fn every_stack_of_up_to_four_entries_exits_as_the_model() {
    for height in 0..=4 {
        for number in 0..STEPS.len().pow(height) {
            let digit = |place| STEPS[number / STEPS.len().pow(place) % STEPS.len()];
            let steps: Vec<_> = (0..height).map(digit).collect();
            BODIES.iter().for_each(|&body| check(body, &steps));
        }
    }
}

proptest! {
    #[test]
    fn a_large_stack_exits_as_the_model(
        body in prop::sample::select(BODIES),
        steps in prop::collection::vec(prop::sample::select(STEPS), 0..30),
    ) {
        check(body, &steps);
    }
}

#[test]
fn an_entry_that_is_tied_to_nothing_is_given_back() {
    let mut stack = Stack::default();
    assert_eq!(stack.tie("tied", |_| true), Err("tied"));
    stack.push("one");
    assert_eq!(stack.tie("other", |entry| *entry == "none"), Err("other"));
    assert_eq!(stack.tie("tied", |_| true), Ok(()));
    assert_eq!(stack.tie("other", |entry| *entry == "tied"), Err("other"), "nothing is tied to what is tied");
    assert_eq!((stack.pop(), stack.last(), stack.len()), (Some("one"), Some(&"tied"), 1));
}

#[test]
fn what_was_lost_is_told_of_that_entry_alone() {
    let mut stack = Stack::default();
    for name in ["outer", "lost"] {
        stack.push(name);
        stack.tie("tied", |entry| *entry == name).unwrap();
    }
    let mut unwind = stack.unwind(None);
    let mut told = Vec::new();
    while let Some(name) = unwind.next_entry() {
        if name == "tied" {
            told.push(matches!(unwind.released(), Released::Lost(_)));
        }
        let fault = || Raised::new(Family::Fault, ["trap"], "");
        let answer = if name == "lost" { Answer::Lost(fault()) } else { Answer::Passed };
        unwind.answered(None, answer, &Policy::default());
    }
    assert_eq!(told, [true, false]);
    assert_eq!(unwind.finish().incidents.len(), 1);
}
