//! Panics of the host's own code: all exits run, then they go on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use ambit::{Answer, ExitStack, Family, Raised};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::answers::answers;

/// The error that an exit saw.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Option<Raised>>>);

impl Seen {
    /// An exit that sees an error, and would suppress it.
    fn exit(&self) -> impl FnOnce(Option<&Raised>) -> Answer + 'static {
        let seen = self.clone();
        move |raised| {
            *seen.0.lock().unwrap() = raised.cloned();
            Answer::Ended
        }
    }

    fn get(&self) -> Option<Raised> {
        self.0.lock().unwrap().clone()
    }
}

fn out_of_luck() -> Result<(), Raised> {
    panic!("out of luck")
}

/// Checks that where something panics that is registered so, all other exits run, outer ones see the panic, and it goes on.
#[track_caller]
fn check_goes_on(register: impl Fn(&mut ExitStack<'_>)) {
    for fails in [false, true] {
        let boom = Raised::new(Family::Error, ["boom"], "boom");
        let (inner, outer) = (Seen::default(), Seen::default());
        let mut stack = ExitStack::new();
        stack.push(outer.exit());
        stack.enter::<IgnoredAny>(&answers("notes"), json!({"note": "exited"})).unwrap();
        register(&mut stack);
        let told = inner.clone();
        stack.push(move |raised| {
            told.exit()(raised);
            Answer::Passed
        });

        let panicked = catch_unwind(AssertUnwindSafe(|| stack.unwind(fails.then(|| boom.clone()))));
        assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"out of luck"));
        assert!(stack.is_empty());
        assert_eq!(inner.get().is_some(), fails, "the inner exit ran ahead of the panic");
        let seen = outer.get().unwrap();
        assert!(seen.is("panic"), "{seen:?}");
        assert_eq!((seen.message(), seen.notes()), ("out of luck", vec!["exited".to_owned()]));
        assert_eq!(seen.context().is_some_and(|context| context.is_same(&boom)), fails);
    }
}

#[test]
fn a_panic_of_the_body_runs_the_exits_and_goes_on() {
    let (suppresses, seen) = (answers("suppresses"), Seen::default());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        ExitStack::with(|stack| -> Result<(), Raised> {
            stack.push(seen.exit());
            stack.enter::<IgnoredAny>(&suppresses, ())?;
            panic!("out of luck");
        })
    }));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"out of luck"));
    let seen = seen.get().unwrap();
    assert!(seen.is("panic"));
    assert_eq!(seen.message(), "out of luck");
}

#[test]
fn a_panic_of_a_callback_runs_the_other_exits_and_goes_on() {
    check_goes_on(|stack| stack.callback(out_of_luck));
}

#[test]
fn a_panic_of_a_registered_exit_runs_the_other_exits_and_goes_on() {
    check_goes_on(|stack| stack.push(|_| panic!("out of luck")));
}

#[test]
fn a_panic_inside_of_a_nested_stack_runs_the_exits_of_both_and_goes_on() {
    check_goes_on(|stack| {
        let seen = Seen::default();
        let mut nested = ExitStack::new();
        nested.push(seen.exit());
        nested.callback(out_of_luck);
        let mut around = ExitStack::new();
        around.push_stack(nested);
        // It looks when all that is nested has exited.
        stack.push(move |_| {
            assert!(seen.get().unwrap().is("panic"));
            Answer::Passed
        });
        stack.push_stack(around);
    });
}

#[test]
fn of_two_panics_the_first_goes_on_and_is_the_context_of_the_second() {
    let seen = Seen::default();
    let mut stack = ExitStack::new();
    stack.push(seen.exit());
    stack.callback(|| panic!("the second"));
    stack.callback(|| panic!("the first"));
    let panicked = catch_unwind(AssertUnwindSafe(|| stack.close()));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"the first"));
    let seen = seen.get().unwrap();
    assert!(seen.chain().any(|(_, raised)| raised.message() == "the first"), "{seen:?}");
}

#[test]
fn a_stack_that_a_panic_drops_exits_whatever_panics_in_it() {
    let seen = Seen::default();
    let told = seen.exit();
    let panicked = catch_unwind(move || {
        let mut stack = ExitStack::new();
        stack.push(told);
        stack.callback(|| panic!("while a panic goes on"));
        panic!("out of luck")
    });
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"out of luck"));
    assert!(seen.get().unwrap().is("abandoned"), "nothing replaces a cancellation");
}
