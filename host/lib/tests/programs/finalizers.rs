//! Functions of the host's own that are tied to a scope: they run after its exit, or in its place.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ambit::{
    Error, ErrorKind, ExitStack, Family, Fault, FaultKind, Incident, Limits, Manager, Raised, Released,
};
use serde::de::IgnoredAny;

use crate::answers::answers;
use crate::manager;

/// What happened, in order.
#[derive(Clone, Default)]
struct Order(Arc<Mutex<Vec<String>>>);

impl Order {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    /// A finalizer that notes its name, and what it is told.
    fn finalizer(&self, name: &'static str) -> impl FnOnce(&Released) -> Result<(), Raised> + 'static {
        let order = self.clone();
        move |released| {
            let lost = released.fault().map(|fault| fault.native::<Fault>().unwrap().kind());
            order.note(lost.map_or_else(|| format!("{name}: exited"), |kind| format!("{name}: {kind}")));
            Ok(())
        }
    }

    fn callback(&self, name: &'static str) -> impl FnOnce() -> Result<(), Raised> + 'static {
        let order = self.clone();
        move || {
            order.note(name);
            Ok(())
        }
    }

    /// A manager that notes its exit.
    fn manager(&self) -> Manager {
        let order = self.clone();
        manager(programs::GUARDS, "says").output(move |written| {
            // The last thing that it writes, in pieces.
            if written == b"first" {
                order.note("exit");
            }
        })
    }

    #[track_caller]
    fn is(&self, expected: &[&str]) {
        assert_eq!(*self.0.lock().unwrap(), expected);
    }
}

fn enter(stack: &mut ExitStack<'_>, manager: &Manager) {
    stack.enter::<IgnoredAny>(manager, ()).unwrap();
}

fn boom() -> Raised {
    Raised::new(Family::Error, ["boom"], "boom")
}

#[test]
fn they_run_in_reverse_directly_after_the_exit_of_the_scope_entered_last() {
    let order = Order::default();
    let mut stack = ExitStack::new();
    stack.callback(order.callback("callback ahead"));
    enter(&mut stack, &order.manager());
    stack.finalizer(order.finalizer("first")).unwrap();
    stack.callback(order.callback("callback"));
    stack.finalizer(order.finalizer("second")).unwrap();
    stack.close().unwrap();
    order.is(&["callback", "exit", "second: exited", "first: exited", "callback ahead"]);
}

#[test]
fn each_scope_has_its_own() {
    let order = Order::default();
    let mut stack = ExitStack::new();
    for (name, program, manager) in [
        ("outermost", programs::ANSWERS, "reraises"),
        ("lost", programs::TRAP, "in_exit"),
        ("innermost", programs::ANSWERS, "raises_after"),
    ] {
        enter(&mut stack, &crate::manager(program, manager));
        stack.finalizer(order.finalizer(name)).unwrap();
    }
    let ending = stack.unwind(None);
    order.is(&["innermost: exited", "lost: trap", "outermost: exited"]);
    assert!(ending.pending.unwrap().is("other"));
    assert!(matches!(ending.incidents.as_slice(), [Incident::Lost(_)]));
}

#[test]
fn they_run_in_place_of_an_exit_that_spent_its_budget() {
    let order = Order::default();
    let endless =
        manager(programs::ENDLESS, "in_exit").limits(Limits::default().exit(Duration::from_millis(30)));
    let ended = ExitStack::with(|stack| {
        stack.enter::<IgnoredAny>(&endless, ())?;
        stack.finalizer(order.finalizer("first"))?;
        stack.finalizer(order.finalizer("second"))?;
        Ok::<_, Raised>(7)
    });
    order.is(&["second: budget", "first: budget"]);
    let failure = ended.unwrap_err();
    assert_eq!(failure.faults().next().unwrap().kind(), FaultKind::Budget);
    assert_eq!(failure.into_outcome().unwrap().completed(), Some(7));
}

#[test]
fn an_error_that_one_returns_is_raised_as_that_of_an_exit() {
    for (program, name, lost) in [(programs::ANSWERS, "reraises", 0), (programs::TRAP, "in_exit", 1)] {
        for pending in [None, Some(boom())] {
            let (order, own) = (Order::default(), boom());
            let mut stack = ExitStack::new();
            enter(&mut stack, &order.manager());
            enter(&mut stack, &manager(program, name));
            stack.finalizer(order.finalizer("ran")).unwrap();
            let raised = own.clone();
            stack.finalizer(move |_| Err(raised)).unwrap();
            let ending = stack.unwind(pending.clone());
            assert!(ending.pending.unwrap().is_same(&own), "{name}");
            match pending {
                Some(pending) => assert!(own.context().unwrap().is_same(&pending)),
                None => assert!(own.context().is_none()),
            }
            assert_eq!(ending.incidents.len(), lost, "{name}");
            assert_eq!(order.0.lock().unwrap().len(), 2, "{name}: the others ran");
        }
    }
}

#[test]
fn an_error_of_one_takes_no_place_of_a_cancellation_and_is_told() {
    let mut stack = ExitStack::new();
    enter(&mut stack, &answers("reraises"));
    stack.finalizer(|_| Err(boom())).unwrap();
    let cancelled = Raised::new(Family::Cancelled, ["interrupted"], "stop");
    let ending = stack.unwind(Some(cancelled.clone()));
    assert!(ending.pending.unwrap().is_same(&cancelled));
    assert!(
        matches!(ending.incidents.as_slice(), [Incident::ReplacementRefused { raised, .. }] if raised.is("boom"))
    );
}

#[test]
fn a_panic_in_one_skips_no_other_and_goes_on() {
    let order = Order::default();
    let mut stack = ExitStack::new();
    enter(&mut stack, &order.manager());
    stack.finalizer(order.finalizer("outer")).unwrap();
    enter(&mut stack, &manager(programs::TRAP, "in_exit"));
    stack.finalizer(order.finalizer("first")).unwrap();
    stack.finalizer(|_| panic!("out of luck")).unwrap();
    stack.finalizer(order.finalizer("third")).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| stack.close()));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"out of luck"));
    order.is(&["third: trap", "first: trap", "exit", "outer: exited"]);
}

#[test]
fn they_go_where_their_scope_goes() {
    let order = Order::default();
    let mut stack = ExitStack::new();
    enter(&mut stack, &answers("reraises"));
    stack.finalizer(order.finalizer("popped")).unwrap();
    let mut popped = stack.pop_all();
    stack.close().unwrap();
    order.is(&[]);
    popped.finalizer(order.finalizer("later")).unwrap();

    let mut outer = ExitStack::new();
    enter(&mut outer, &manager(programs::TRAP, "in_exit"));
    outer.push_stack(popped);
    outer.finalizer(order.finalizer("outer")).unwrap();
    drop(outer);
    order.is(&["later: exited", "popped: exited", "outer: trap"]);
}

#[test]
fn where_no_scope_was_entered_there_is_none_to_tie_it_to() {
    let mut nested = ExitStack::new();
    enter(&mut nested, &answers("reraises"));
    let mut stack = ExitStack::new();
    stack.callback(|| Ok(()));
    stack.push_stack(nested);
    let raised = stack.finalizer(|_| panic!("it runs")).unwrap_err();
    let error = raised.native::<Error>().unwrap();
    assert_eq!(error.kind(), ErrorKind::NoScope);
    assert!(error.help().unwrap().contains("callback"));
    assert_eq!(stack.len(), 2);
    stack.close().unwrap();
    enter(&mut stack, &answers("reraises"));
    stack.close().unwrap();
    assert!(stack.finalizer(|_| Ok(())).is_err(), "the scope has exited");
}
