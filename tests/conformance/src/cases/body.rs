//! What is held for a body, and how one ends.

use std::ops::ControlFlow;

use ambit::{Manager, Outcome, Raised};
use serde::de::IgnoredAny;
use serde_json::json;

use super::stage::{Own, Stage, raised, script, script_of};

pub(super) fn a_lock_is_held_in_the_body(stage: &Stage<'_>) {
    let lock = stage.shared("lock");
    for permits in [1, 2, 3] {
        // After a body that completed, and after one that failed.
        for _ in 0..2 {
            assert_eq!(most_at_once(&lock, permits), permits);
        }
        let body = |_: IgnoredAny| Err::<(), _>(raised(&["Boom"]));
        assert!(lock.with(json!({"permits": permits}), body).unwrap_err().raised().is("Boom"));
    }
}

/// How often it can be entered inside of itself until nothing is free.
fn most_at_once(lock: &Manager, permits: u32) -> u32 {
    let entered =
        lock.with(json!({"permits": permits}), |_: IgnoredAny| Ok::<_, Raised>(most_at_once(lock, permits)));
    match entered {
        Ok(inner) => inner.completed().unwrap() + 1,
        Err(failure) => {
            assert!(failure.raised().is("locked"), "{failure}");
            0
        }
    }
}

pub(super) fn what_is_set_is_restored(stage: &Stage<'_>) {
    let chdir = stage.shared("chdir");
    for path in ["a", "b"] {
        let before = chdir.with(json!({"path": path}), |before: String| Ok::<_, Raised>(before));
        assert_eq!(before.unwrap().completed().unwrap(), "/");
    }
    let body = |_: IgnoredAny| Err::<(), _>(raised(&["Boom"]));
    chdir.with(json!({"path": "c"}), body).unwrap_err();
    let before = chdir.with(json!({"path": "d"}), |before: String| Ok::<_, Raised>(before));
    assert_eq!(before.unwrap().completed().unwrap(), "/");

    // Output goes to the sink of whose scope it is: that of the outer one again, once the inner one has exited.
    let ((outer, to_outer), (inner, to_inner)) = (stage.scripted(), stage.scripted());
    let body = |value: String| {
        assert_eq!(value, "value");
        assert_eq!(to_outer.take(), "outer: enter\n");
        inner.with(script_of("inner", "reraise"), |_: IgnoredAny| Ok::<_, Raised>(()))
    };
    outer.with(script_of("outer", "reraise"), body).unwrap();
    assert_eq!(to_inner.take(), "inner: enter\ninner: completed\ninner: exit\n");
    assert_eq!(to_outer.take(), "outer: completed\nouter: exit\n");
}

pub(super) fn what_is_set_twice_is_restored_in_turn(stage: &Stage<'_>) {
    let chdir = stage.shared("chdir");
    let enter = |path: &str, body: &dyn Fn(String)| {
        let body = |before| {
            body(before);
            Ok::<_, Raised>(())
        };
        chdir.with(json!({"path": path}), body).unwrap();
    };
    enter("a", &|before| {
        assert_eq!(before, "/");
        enter("b", &|before| assert_eq!(before, "a"));
        enter("a", &|before| assert_eq!(before, "a"));
        enter("c", &|before| assert_eq!(before, "a"));
    });
    enter("d", &|before| assert_eq!(before, "/"));
}

pub(super) fn a_value_that_does_not_fit_exits_the_scope(stage: &Stage<'_>) {
    let (scripted, sink) = stage.scripted();
    let body = |_: (u8, u8)| -> Result<(), Raised> { panic!("the body runs") };
    let failure = scripted.with(script("reraise"), body).unwrap_err();
    let native = failure.raised().native::<ambit::Error>().unwrap();
    assert_eq!(native.kind(), ambit::ErrorKind::InvalidValue);
    let said = sink.take();
    assert!(said.starts_with("a: enter\na: caught") && said.ends_with("a: exit\n"), "{said}");
}

pub(super) fn early_leaves_are_completions(stage: &Stage<'_>) {
    let (scripted, sink) = stage.scripted();
    let completed = "a: enter\na: completed\na: exit\n";

    // `return`, of a value that is kept.
    let returned = scripted.with(script("reraise"), |value: String| {
        if value == "value" {
            return Ok::<_, Raised>(42);
        }
        unreachable!("it gave {value}")
    });
    assert!(matches!(returned, Ok(Outcome::Completed(42))));
    assert_eq!(sink.take(), completed);

    // `continue` and `break` of a loop around it.
    let mut rounds = Vec::new();
    for round in 1.. {
        let body = |_: IgnoredAny| {
            Ok::<_, Raised>(match round {
                1 => ControlFlow::Continue(()),
                _ => ControlFlow::Break(round),
            })
        };
        rounds.push(round);
        match scripted.with(script("reraise"), body).unwrap().completed().unwrap() {
            ControlFlow::Continue(()) => continue,
            ControlFlow::Break(last) => {
                assert_eq!(last, 2);
                break;
            }
        }
    }
    assert_eq!(rounds, [1, 2]);
    assert_eq!(sink.take(), completed.repeat(2));

    // `?` is how a body of Rust's raises.
    let own = Own::new();
    let address = own.address();
    let mut fails = Some(own);
    let body = |_: IgnoredAny| {
        fails.take().map_or(Ok(()), Err)?;
        Ok::<_, Own>(())
    };
    let failure = scripted.with(script("reraise"), body).unwrap_err();
    assert_eq!(failure.into_body().unwrap().address(), address);
    assert!(sink.take().starts_with("a: enter\na: caught"));
}
