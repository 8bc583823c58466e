//! Exit stacks, with scopes and functions in them.

use std::sync::{Arc, Mutex};

use ambit::{ExitStack, Family, Isolation, Raised};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::answers::answers;
use crate::manager;

#[test]
fn outer_scopes_see_the_same_error_with_what_inner_ones_added() {
    let notes = answers("notes");
    let seen = Arc::new(Mutex::new(None));
    let ended = ExitStack::with(|stack| {
        let seen = seen.clone();
        stack.push(move |raised| {
            *seen.lock().unwrap() = raised.cloned();
            ambit::Answer::Passed
        });
        stack.enter::<IgnoredAny>(&notes, json!({"note": "outer"}))?;
        stack.enter::<IgnoredAny>(&notes, json!({"note": "inner"}))?;
        Err::<(), _>(Raised::new(Family::Error, ["boom"], "it failed"))
    });
    let error = ended.unwrap_err().into_body().unwrap();
    assert_eq!(error.notes(), ["inner", "outer"]);
    assert!(seen.lock().unwrap().as_ref().unwrap().is_same(&error));
}

#[test]
fn a_stack_that_is_dropped_exits_with_a_cancellation() {
    let seen = Arc::new(Mutex::new(None));
    let told = seen.clone();
    let mut stack = ExitStack::new();
    stack.push(move |raised| {
        *told.lock().unwrap() = raised.cloned();
        ambit::Answer::Passed
    });
    stack.enter::<IgnoredAny>(&answers("notes"), json!({"note": "exited"})).unwrap();
    drop(stack);
    let seen = seen.lock().unwrap().clone().unwrap();
    assert_eq!((seen.family(), seen.is("abandoned")), (Family::Cancelled, true));
    assert_eq!(seen.notes(), ["exited"]);
}

#[test]
fn ten_thousand_functions_run_in_reverse() {
    let order = Mutex::new(Vec::new());
    let mut stack = ExitStack::new();
    for number in 0..10_000 {
        let order = &order;
        stack.callback(move || {
            order.lock().unwrap().push(number);
            Ok(())
        });
    }
    stack.close().unwrap();
    drop(stack);
    assert!(order.into_inner().unwrap().into_iter().rev().eq(0..10_000));
}

#[test]
fn nobody_suppresses_or_replaces_a_cancellation() {
    for name in ["suppresses", "replaces"] {
        let mut stack = ExitStack::new();
        stack.enter::<IgnoredAny>(&answers(name), ()).unwrap();
        let cancelled = Raised::new(Family::Cancelled, ["interrupted"], "stop");
        let ending = stack.unwind(Some(cancelled.clone()));
        assert!(ending.pending.unwrap().is_same(&cancelled), "{name}");
        assert_eq!(ending.incidents.len(), 1, "{name} is told");
    }
}

#[test]
fn xt_11_scopes_of_one_instance_exit_out_of_order() {
    for program in [programs::SCRIPTED, programs::SCRIPTED_AWAITS] {
        let recursive = manager(program, "recursive").isolation(Isolation::shared());
        let enter = |stack: &mut ExitStack<'_>| stack.enter::<u32>(&recursive, ()).unwrap();
        let [mut first, mut second, mut third] = [(); 3].map(|()| ExitStack::new());
        // How many are live in that instance.
        assert_eq!([enter(&mut first), enter(&mut second)], [1, 2]);
        first.close().unwrap();
        assert_eq!(enter(&mut third), 2);
        second.close().unwrap();
        third.close().unwrap();
        assert_eq!(enter(&mut first), 1);
        first.close().unwrap();
    }
}

#[test]
fn xt_10_what_has_exited_does_not_exit_again_and_its_store_is_still_of_use() {
    for program in [programs::SCRIPTED, programs::SCRIPTED_AWAITS] {
        let recursive = manager(program, "recursive").isolation(Isolation::shared());
        let mut stack = ExitStack::new();
        for _ in 0..3 {
            // One that exits twice would be counted twice, and the next be none.
            assert_eq!(stack.enter::<u32>(&recursive, ()).unwrap(), 1);
            stack.close().unwrap();
            stack.close().unwrap();
            assert!(stack.pop_all().is_empty());
        }
    }
}
