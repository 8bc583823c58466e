//! What an exit answers, and what the host makes of it.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use ambit::{Describe as _, ExitStack, Family, Incident, Outcome, Policy, Raised};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::{Own, complete, fail, fail_with, manager};

fn answers(name: &str) -> ambit::Manager {
    manager(programs::ANSWERS, name)
}

#[test]
fn a_body_that_completes_gives_its_result() {
    assert_eq!(complete(&answers("reraises")).unwrap(), Outcome::Completed(7));
}

#[test]
fn a_reraised_error_is_the_very_value_that_the_body_returned() {
    let (ended, own) = fail(&answers("reraises"));
    let error = ended.unwrap_err().into_body().unwrap();
    assert!(Arc::ptr_eq(&error.0, &own));
}

#[test]
fn a_suppressed_error_is_told_apart_and_given_back() {
    let (ended, own) = fail(&answers("suppresses"));
    let Outcome::Suppressed(error) = ended.unwrap() else { panic!("it is suppressed") };
    assert!(Arc::ptr_eq(&error.0, &own));
}

#[test]
fn a_replaced_error_stays_in_the_chain_where_it_can_be_downcast() {
    for (name, relation) in
        [("replaces", ambit::Relation::Context), ("replaces_from", ambit::Relation::Cause)]
    {
        let (ended, own) = fail(&answers(name));
        let failure = ended.unwrap_err();
        assert!(failure.body().is_none());
        let chain: Vec<_> = failure.raised().chain().collect();
        assert!(chain[0].1.is("other"));
        assert_eq!(chain[1].0, relation);
        assert!(Arc::ptr_eq(&chain[1].1.native::<Own>().unwrap().0, &own), "{name}");
        assert_eq!(failure.faults().count(), 0);
    }
}

#[test]
fn an_error_raised_from_nothing_hides_its_context_and_keeps_it() {
    let (ended, _) = fail(&answers("replaces_from_nothing"));
    let failure = ended.unwrap_err();
    assert_eq!(failure.raised().chain().count(), 1);
    assert!(failure.raised().context().unwrap().native::<Own>().is_some());
}

#[test]
fn a_chain_that_is_cut_stays_cut() {
    let (ended, _) = fail(&answers("replaces_and_cuts"));
    assert!(ended.unwrap_err().raised().context().is_none());
}

#[test]
fn an_equal_error_is_a_replacement() {
    let (ended, own) = fail(&answers("raises_an_equal"));
    let failure = ended.unwrap_err();
    assert!(failure.body().is_none());
    assert_eq!(failure.raised().message(), &*own);
}

#[test]
fn an_error_that_exit_raises_after_a_completed_body_has_no_context() {
    let failure = complete(&answers("raises_after")).unwrap_err();
    assert!(failure.raised().is("other"));
    assert!(failure.raised().context().is_none());
}

#[test]
fn where_enter_raises_the_body_does_not_run() {
    let ended = answers("raises_before").with((), |_: IgnoredAny| -> Result<(), Own> { panic!("it ran") });
    assert!(ended.unwrap_err().raised().is("other"));
}

#[test]
fn a_group_holds_the_body_s_error_itself() {
    let (ended, own) = fail(&answers("groups"));
    let failure = ended.unwrap_err();
    let member = &failure.raised().members()[0];
    assert!(Arc::ptr_eq(&member.native::<Own>().unwrap().0, &own));
}

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
fn a_failure_of_an_inner_with_is_the_same_error_to_an_outer_one() {
    let (outer, inner) = (answers("notes"), answers("reraises"));
    let ended = outer.with(json!({"note": "seen"}), |_: IgnoredAny| {
        inner.with((), |_: IgnoredAny| Err::<(), _>(std::io::Error::other("deep")))
    });
    let inner = ended.unwrap_err().into_body().unwrap();
    assert_eq!(inner.raised().notes(), ["seen"]);
    assert!(inner.describe().is_same(inner.raised()));
    assert_eq!(inner.into_body().unwrap().to_string(), "deep");
}

#[test]
fn an_error_inside_of_a_failure_that_is_replaced_stays_in_the_chain() {
    let (outer, inner) = (answers("replaces"), answers("reraises"));
    let text: Arc<str> = "deep".into();
    let ended =
        outer.with((), |_: IgnoredAny| inner.with((), |_: IgnoredAny| Err::<(), _>(Own(text.clone()))));
    let failure = ended.unwrap_err();
    let own =
        failure.raised().chain().find_map(|(_, raised)| raised.native::<Own>().map(|own| own.0.clone()));
    assert!(Arc::ptr_eq(&own.unwrap(), &text));
}

#[test]
fn an_error_in_flight_that_is_replaced_makes_no_ring() {
    let raised = Raised::new(Family::Error, ["boom"], "boom");
    let own = raised.clone();
    let ended = answers("replaces").with((), |_: IgnoredAny| Err::<(), _>(own));
    assert!(ended.as_ref().unwrap_err().raised().context().unwrap().is_same(&raised));
    drop(ended);
    assert!(!raised.is_shared(), "something still holds it");
}

#[test]
fn a_panic_of_the_body_runs_the_exits_and_goes_on() {
    let suppresses = answers("suppresses");
    let seen = Arc::new(Mutex::new(None));
    let told = seen.clone();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        ExitStack::with(|stack| -> Result<(), Raised> {
            stack.push(move |raised| {
                *told.lock().unwrap() = raised.cloned();
                ambit::Answer::Ended
            });
            stack.enter::<IgnoredAny>(&suppresses, ())?;
            panic!("out of luck");
        })
    }));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"out of luck"));
    let seen = seen.lock().unwrap().clone().unwrap();
    assert!(seen.is("panic"));
    assert_eq!(seen.message(), "out of luck");
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
fn a_manager_that_may_not_suppress_does_not() {
    let strict = answers("suppresses").policy(Policy::default().suppress_errors(false));
    let (ended, own) = fail(&strict);
    let failure = ended.unwrap_err();
    assert!(matches!(failure.incidents(), [Incident::SuppressionRefused(_)]));
    assert!(Arc::ptr_eq(&failure.into_body().unwrap().0, &own));
}

#[test]
fn a_decorated_function_enters_a_fresh_scope_for_every_call() {
    let decorated = answers("reraises").wrap((), |number: u32| Ok::<_, Infallible>(number + 1)).unwrap();
    assert_eq!(decorated(1).unwrap(), Outcome::Completed(2));
    assert_eq!(decorated(2).unwrap(), Outcome::Completed(3));
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
fn a_handle_that_a_guest_keeps_does_not_keep_the_body_s_error_from_moving_out() {
    let (ended, own) = fail(&answers("holds_a_second_handle"));
    assert!(Arc::ptr_eq(&ended.unwrap_err().into_body().unwrap().0, &own));
}

#[test]
fn any_type_of_error_can_be_raised() {
    let reraises = answers("reraises");
    let text = reraises.with((), |_: IgnoredAny| Err::<(), _>("text".to_owned()));
    assert_eq!(text.unwrap_err().into_body().unwrap(), "text");
    let boxed = reraises
        .with((), |_: IgnoredAny| Err::<(), _>(Box::<dyn std::error::Error + Send + Sync>::from("boxed")));
    let failure = boxed.unwrap_err();
    assert_eq!(failure.raised().message(), "boxed");
    assert_eq!(failure.into_body().unwrap().to_string(), "boxed");
}

#[test]
fn a_value_that_is_not_of_the_body_s_type_exits_the_scope() {
    let (notes, inputs) = (answers("notes"), json!({"note": "exited"}));
    let ended = notes.with(&inputs, |_: u32| -> Result<(), Own> { panic!("it ran") });
    let failure = ended.unwrap_err();
    let error = failure.raised().native::<ambit::Error>().unwrap();
    assert_eq!(error.kind(), ambit::ErrorKind::InvalidValue);
    assert_eq!(failure.raised().notes(), ["exited"]);
}

#[test]
fn an_argument_is_checked_before_anything_is_entered() {
    let notes = answers("notes");
    for (inputs, kind) in [
        (json!({}), "invalid-argument:note"),
        (json!({"note": 5}), "invalid-argument:note"),
        (json!({"note": "x", "odd": 1}), "invalid-argument:odd"),
        (json!(["a", "b"]), "invalid-argument"),
        (json!("text"), "invalid-argument"),
    ] {
        let (ended, _) = fail_with(&notes, &inputs);
        let failure = ended.unwrap_err();
        assert!(failure.raised().is(kind), "{inputs}: {:?}", failure.raised());
        assert!(failure.raised().is("invalid-argument"));
    }
}

#[test]
fn positional_arguments_fill_the_parameters_in_their_order() {
    let (ended, _) = fail_with(&answers("notes"), ["positional"]);
    assert_eq!(ended.unwrap_err().raised().notes(), ["positional"]);
}

#[test]
fn a_manager_that_does_not_exist_names_the_nearest() {
    let error = crate::plugin(programs::ANSWERS).manager("supresses").unwrap_err();
    assert_eq!(error.kind(), ambit::ErrorKind::NoSuchManager);
    assert_eq!(error.help(), Some("did you mean `suppresses`?"));
}

#[test]
fn ten_thousand_scopes_are_entered_at_once_in_a_stack_of_functions_and_exit_in_order() {
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
fn a_manager_works_inside_of_itself() {
    fn deep(manager: &ambit::Manager, depth: u32) -> u32 {
        let ended = manager.with((), |_: IgnoredAny| {
            Ok::<_, Infallible>(if depth == 0 { 0 } else { 1 + deep(manager, depth - 1) })
        });
        ended.unwrap().completed().unwrap()
    }
    assert_eq!(deep(&answers("reraises"), 10), 10);
}

#[test]
fn with_works_on_a_thread_of_a_tokio_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let output = manager(programs::OUTPUT, "says");
        assert_eq!(complete(&output).unwrap(), Outcome::Completed(7));
    });
}

#[test]
fn scopes_run_on_many_threads_at_once() {
    let reraises = answers("reraises");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..100 {
                    assert_eq!(complete(&reraises).unwrap(), Outcome::Completed(7));
                }
            });
        }
    });
}
