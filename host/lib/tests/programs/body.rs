//! The time that bodies have, and how they ask for it.

use std::panic::catch_unwind;
use std::time::Duration;

use ambit::{ExitStack, Family, Incident, Limits, Manager, Outcome, Raised, check, time_left};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::answers::answers;

const HOUR: Duration = Duration::from_secs(3600);

/// A manager that gives its body so much time.
fn gives(name: &str, time: Duration) -> Manager {
    answers(name).limits(Limits::default().body(Some(time)))
}

/// Checks that the time is over, by the word of this manager.
#[track_caller]
fn is_over(checked: Result<(), Raised>, manager: &str) -> Raised {
    let raised = checked.unwrap_err();
    assert_eq!((raised.family(), raised.kinds()), (Family::Cancelled, &["timed-out".to_owned()][..]));
    let message = format!("the body took longer than the 0ns that `{manager}` gives it");
    assert_eq!(raised.message(), message);
    raised
}

#[track_caller]
fn has_about_an_hour(left: Option<Duration>) {
    let left = left.unwrap();
    assert!(left <= HOUR && left > HOUR / 2, "{left:?}");
}

#[test]
fn xt_04_a_body_whose_time_is_over_is_cancelled_where_it_asks_and_gets_its_error_back() {
    let mut given = None;
    let ended = gives("notes", Duration::ZERO).with(json!({"note": "exited"}), |_: IgnoredAny| {
        assert_eq!(time_left(), Some(Duration::ZERO));
        let raised = is_over(check(), "notes");
        given = Some(raised.clone());
        Err::<(), _>(raised)
    });
    let error = ended.unwrap_err().into_body().unwrap();
    assert!(error.is_same(&given.unwrap()));
    assert_eq!(error.notes(), ["exited"], "the manager saw it");
}

#[test]
fn nobody_suppresses_or_replaces_that() {
    for name in ["suppresses", "replaces"] {
        let ended = gives(name, Duration::ZERO).with((), |_: IgnoredAny| check());
        let failure = ended.unwrap_err();
        match (name, failure.incidents()) {
            ("suppresses", [Incident::SuppressionRefused { .. }]) => {}
            ("replaces", [Incident::ReplacementRefused { .. }]) => {}
            (_, incidents) => panic!("{name}: {incidents:?}"),
        }
        assert!(failure.into_body().unwrap().is("timed-out"));
    }
}

#[test]
fn a_body_that_completes_has_completed_though_its_time_is_over() {
    let ended = gives("reraises", Duration::ZERO).with((), |_: IgnoredAny| Ok::<_, Raised>(7));
    assert!(matches!(ended.unwrap(), Outcome::Completed(7)));
}

#[test]
fn a_body_goes_on_while_it_has_time_or_no_end() {
    let goes_on = |manager: Manager| {
        let left = manager.with((), |_: IgnoredAny| check().map(|()| time_left()));
        left.unwrap().completed().unwrap()
    };
    has_about_an_hour(goes_on(gives("reraises", HOUR)));
    assert_eq!(goes_on(gives("reraises", Duration::MAX)), None);
    assert_eq!(goes_on(answers("reraises")), None);
    check().unwrap();
    assert_eq!(time_left(), None);
}

#[test]
fn of_bodies_inside_of_each_other_the_first_that_is_over_counts() {
    let (none, hour) = (gives("suppresses", Duration::ZERO), gives("reraises", HOUR));
    let ended = none.with((), |_: IgnoredAny| {
        hour.with((), |_: IgnoredAny| Ok::<_, Raised>(is_over(check(), "suppresses")))
    });
    ended.unwrap();

    let ended = hour.with((), |_: IgnoredAny| {
        let inner = none.with((), |_: IgnoredAny| check());
        is_over(Err(inner.unwrap_err().into_body().unwrap()), "suppresses");
        check()?;
        Ok::<_, Raised>(time_left())
    });
    has_about_an_hour(ended.unwrap().completed().unwrap());
    assert_eq!(time_left(), None);
}

#[test]
fn each_call_of_a_wrapped_function_has_the_time() {
    let wrapped = gives("reraises", Duration::ZERO).wrap((), |_: ()| check()).unwrap();
    for _ in 0..2 {
        is_over(Err(wrapped(()).unwrap_err().into_body().unwrap()), "reraises");
    }
}

#[test]
fn the_body_of_a_stack_has_the_time_of_all_scopes_that_it_entered_and_still_holds() {
    let (none, hour) = (gives("reraises", Duration::ZERO), gives("reraises", HOUR));
    let ended = ExitStack::with(|stack| {
        assert_eq!(time_left(), None);
        stack.enter::<IgnoredAny>(&hour, ())?;
        has_about_an_hour(time_left());
        stack.enter::<IgnoredAny>(&none, ())?;
        is_over(check(), "reraises");
        // Other bodies, begun and ended meanwhile, change nothing.
        answers("reraises").with((), |_: IgnoredAny| Ok::<_, Raised>(())).unwrap();
        hour.with((), |_: IgnoredAny| Ok::<_, Raised>(check().unwrap_err())).unwrap();
        is_over(check(), "reraises");

        stack.close()?;
        check()?;
        assert_eq!(time_left(), None);
        stack.enter::<IgnoredAny>(&none, ())?;
        let popped = stack.pop_all();
        check()?;
        is_over(popped.check(), "reraises");
        stack.push_stack(popped);
        is_over(check(), "reraises");
        stack.close()
    });
    ended.unwrap();
}

#[test]
fn a_stack_that_is_driven_by_hand_says_what_its_scopes_have_left() {
    let mut stack = ExitStack::new();
    assert_eq!((stack.check().is_ok(), stack.time_left()), (true, None));
    stack.enter::<IgnoredAny>(&gives("reraises", HOUR), ()).unwrap();
    has_about_an_hour(stack.time_left());
    stack.check().unwrap();
    let mut nested = ExitStack::new();
    nested.enter::<IgnoredAny>(&gives("notes", Duration::ZERO), json!({"note": ""})).unwrap();
    stack.push_stack(nested);
    assert_eq!(stack.time_left(), Some(Duration::ZERO));
    let raised = is_over(stack.check(), "notes");
    check().unwrap();
    assert!(stack.unwind(Some(raised.clone())).pending.unwrap().is_same(&raised));
    assert_eq!(stack.time_left(), None);
}

#[test]
fn exits_and_callbacks_have_no_part_in_the_time_of_the_body() {
    let seen = std::cell::RefCell::new(Vec::new());
    let ended = ExitStack::with(|stack| {
        stack.callback(|| {
            seen.borrow_mut().push(check().is_ok());
            Ok(())
        });
        stack.enter::<IgnoredAny>(&gives("reraises", Duration::ZERO), ())?;
        stack.finalizer(|_| {
            seen.borrow_mut().push(check().is_ok());
            Ok(())
        })?;
        Ok::<_, Raised>(check().is_err())
    });
    assert!(matches!(ended.unwrap(), Outcome::Completed(true)));
    assert_eq!(*seen.borrow(), [true, true]);
}

#[test]
fn a_body_that_panics_leaves_no_time_behind() {
    let panicked = catch_unwind(|| {
        let ended = gives("reraises", Duration::ZERO)
            .with((), |_: IgnoredAny| -> Result<(), Raised> { panic!("out of luck") });
        drop(ended);
    });
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"out of luck"));
    check().unwrap();
}

#[test]
fn another_thread_knows_nothing_of_it() {
    let ended = gives("reraises", Duration::ZERO).with((), |_: IgnoredAny| {
        let elsewhere = std::thread::scope(|scope| scope.spawn(|| (check(), time_left())).join());
        let (checked, left) = elsewhere.unwrap();
        assert_eq!((checked.is_ok(), left), (true, None));
        check()
    });
    assert!(ended.is_err());
}
