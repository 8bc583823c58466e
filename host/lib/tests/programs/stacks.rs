//! Exit stacks, with scopes and functions in them.

use std::sync::{Arc, Mutex};

use ambit::{ExitStack, Family, Raised};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::answers::answers;

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
