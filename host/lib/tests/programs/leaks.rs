//! Scopes that are dropped in place of being exited: their exits run, and they are told, with where they were entered.

use std::ops::RangeInclusive;
use std::panic::catch_unwind;

use ambit::{ExitStack, FaultKind, Leak, Phase, Raised};
use serde::de::{Deserialize, Deserializer, IgnoredAny};
use serde_json::json;

use crate::answers::answers;
use crate::{engine, manager};

/// The leaks of scopes that were entered on these lines of this file, in the order in which they were exited.
fn entered_on(lines: RangeInclusive<u32>) -> Vec<Leak> {
    let leaks = engine().leaks().into_iter();
    leaks
        .filter(|leak| leak.entered_at.file() == file!() && lines.contains(&leak.entered_at.line()))
        .collect()
}

/// Enters a scope that notes that it exited.
#[track_caller]
fn enter(stack: &mut ExitStack<'_>) {
    stack.enter::<IgnoredAny>(&answers("notes"), json!({"note": "exited"})).unwrap();
}

#[test]
fn xt_10_scopes_of_a_stack_that_is_dropped_are_told_with_where_they_were_entered() {
    let first = line!() + 3;
    let counted = engine().leak_count();
    let mut stack = ExitStack::new();
    stack.enter::<IgnoredAny>(&answers("reraises"), ()).unwrap();
    stack.enter::<IgnoredAny>(&manager(programs::TRAP, "in_exit"), ()).unwrap();
    stack.enter::<IgnoredAny>(&answers("suppresses"), ()).unwrap();
    let lines = first..=first + 2;
    assert_eq!(entered_on(lines.clone()).len(), 0);
    drop(stack);

    let leaks = entered_on(lines);
    let told: Vec<_> = leaks.iter().map(|leak| (leak.manager.as_str(), leak.entered_at.line())).collect();
    assert_eq!(told, [("suppresses", first + 2), ("in_exit", first + 1), ("reraises", first)]);
    assert_eq!(leaks.iter().map(|leak| leak.fault.is_some()).collect::<Vec<_>>(), [false, true, false]);
    let fault = leaks[1].fault.as_ref().unwrap();
    assert_eq!((fault.phase(), fault.kind()), (Phase::Exit, FaultKind::Trap));
    assert_eq!(leaks[1].plugin, programs::TRAP);
    assert!(engine().leak_count() >= counted + 3);
    assert_eq!(
        leaks[0].to_string(),
        format!(
            "a scope of `suppresses`, entered at {}:{}:11, was dropped in place of being exited; its exit ran then",
            file!(),
            first + 2
        )
    );
    assert!(
        leaks[1].to_string().contains(", and its exit was lost: the manager `in_exit` failed in its exit")
    );
}

#[test]
fn a_stack_that_a_panic_drops_leaks_and_one_whose_body_panics_does_not() {
    let dropped = line!();
    let panicked = catch_unwind(|| {
        let mut stack = ExitStack::new();
        enter(&mut stack);
        panic!("out of luck")
    });
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"out of luck"));
    assert_eq!(entered_on(dropped..=line!()).len(), 1);

    let unwound = line!();
    let panicked = catch_unwind(|| {
        ExitStack::with(|stack| -> Result<(), Raised> {
            enter(stack);
            panic!("out of luck")
        })
    });
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"out of luck"));
    assert_eq!(entered_on(unwound..=line!()).len(), 0);
}

#[test]
fn scopes_that_exit_with_their_stack_are_none() {
    let first = line!();
    let mut stack = ExitStack::new();
    enter(&mut stack);
    stack.close().unwrap();
    enter(&mut stack);
    stack.unwind(Some(Raised::new(ambit::Family::Error, ["boom"], "boom")));
    drop(stack);
    let ended = ExitStack::with(|stack| {
        enter(stack);
        Ok::<_, Raised>(())
    });
    ended.unwrap();
    assert_eq!(entered_on(first..=line!()).len(), 0);
}

#[test]
fn scopes_of_a_nested_and_of_a_popped_stack_that_are_dropped_are_told_once_each() {
    let first = line!();
    let (mut nested, mut outer) = (ExitStack::new(), ExitStack::new());
    enter(&mut nested);
    outer.push_stack(nested);
    let popped = outer.pop_all();
    drop(outer);
    assert_eq!(entered_on(first..=line!()).len(), 0);
    drop(popped);
    assert_eq!(entered_on(first..=line!()).len(), 1);
}

/// A value that the program cannot read without a panic.
#[derive(Debug)]
struct Unlucky;

impl<'de> Deserialize<'de> for Unlucky {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("out of luck")
    }
}

#[test]
fn a_scope_whose_value_panics_as_it_is_read_exits_with_its_stack() {
    let first = line!();
    let (told, seen) = std::sync::mpsc::channel();
    let panicked = catch_unwind(|| {
        ExitStack::with(|stack| {
            stack.push(move |raised| {
                told.send(raised.cloned()).map_or(ambit::Answer::Ended, |()| ambit::Answer::Passed)
            });
            stack.enter::<Unlucky>(&answers("notes"), json!({"note": "exited"})).map(drop)
        })
    });
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"out of luck"));
    let seen = seen.recv().unwrap().unwrap();
    assert_eq!((seen.is("panic"), seen.notes()), (true, vec!["exited".to_owned()]));
    assert_eq!(entered_on(first..=line!()).len(), 0);
}
