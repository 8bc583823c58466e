//! Scopes that are dropped in place of being exited: their exits run, and they are told, with where they were entered.

use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use ambit::{AsyncExitStack, ExitStack, FaultKind, Leak, Manager, Phase, Raised};
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

/// In each way to enter a manager.
#[test]
fn a_scope_whose_value_panics_as_it_is_read_exits_with_that_panic() {
    type Enters = fn(&Manager);

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    let first = line!();
    let ways: [Enters; 5] = [
        |tells| drop(tells.with(["a"], |_: Unlucky| Ok::<_, Raised>(()))),
        |tells| drop(ExitStack::with(|stack| stack.enter::<Unlucky>(tells, ["a"]).map(drop))),
        |tells| drop(block_on(tells.with_async(["a"], async |_: Unlucky| Ok::<_, Raised>(())))),
        |tells| {
            drop(block_on(AsyncExitStack::with(async |stack| {
                let _: Unlucky = stack.enter(tells, ["a"]).await?;
                Ok::<_, Raised>(())
            })));
        },
        |tells| {
            drop(block_on(AsyncExitStack::with(async |stack| {
                let _: Vec<Unlucky> = stack.enter_all([(tells, ["a"])]).await?;
                Ok::<_, Raised>(())
            })));
        },
    ];
    for (way, enter) in ways.into_iter().enumerate() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let listener = told.clone();
        let tells = manager(programs::AWAITS, "tells")
            .output(move |bytes| listener.lock().unwrap().extend_from_slice(bytes));
        let panicked = catch_unwind(AssertUnwindSafe(|| enter(&tells))).unwrap_err();
        assert_eq!(panicked.downcast_ref(), Some(&"out of luck"), "{way}");
        let told = String::from_utf8(told.lock().unwrap().clone()).unwrap();
        assert_eq!(told, "a: enter\na: entered\na: exit, panic\na: exited\n", "{way}");
    }
    assert_eq!(entered_on(first..=line!()).len(), 0);
}
