//! Errors that go through a manager.

use ambit::{Family, Raised};
use serde::de::IgnoredAny;

use super::stage::{Own, Stage, raised, script};

pub(super) fn what_goes_on_is_the_bodys_own_value(stage: &Stage<'_>) {
    let own = Own::new();
    let address = own.address();
    let failure = stage.manager("passing").with((), |_: IgnoredAny| Err::<(), _>(own)).unwrap_err();
    assert_eq!(failure.into_body().unwrap().address(), address);

    let subclasses: [&[&str]; 2] = [
        &["python:app.Mine", "python:builtins.RuntimeError"],
        &["python:app.Mine", "python:builtins.StopIteration"],
    ];
    for kinds in subclasses {
        let error = raised(kinds);
        goes_through(stage, &error);
        assert_eq!(error.notes(), Vec::<String>::new());
        assert!(error.cause().is_none() && error.context().is_none() && !error.hides_context());
    }
}

pub(super) fn control_flow_goes_through(stage: &Stage<'_>) {
    let paths: [&[&str]; 5] = [
        &["python:builtins.StopIteration"],
        &["python:app.Mine", "python:builtins.StopIteration"],
        &["python:builtins.StopAsyncIteration"],
        &["js:StopIteration"],
        &["rust:core::ops::ControlFlow"],
    ];
    for kinds in paths {
        goes_through(stage, &raised(kinds));
    }
}

pub(super) fn cancellations_go_on(stage: &Stage<'_>) {
    for kind in ["GeneratorExit", "KeyboardInterrupt", "SystemExit"] {
        goes_through(stage, &raised(&[&format!("python:builtins.{kind}")]));
    }
    for kind in ["interrupted", "timed-out", "abandoned"] {
        let cancelled = Raised::new(Family::Cancelled, [kind], "stop");
        goes_through(stage, &cancelled);

        let (suppressing, sink) = stage.scripted();
        let body = |_: IgnoredAny| Err::<(), _>(cancelled.clone());
        let failure = suppressing.with(script("suppress"), body).unwrap_err();
        assert!(failure.into_body().unwrap().is_same(&cancelled));
        assert!(sink.take().ends_with("a: exit\n"));
    }
}

/// It comes out as it is, of a manager that has only a `finally`, of one that catches it and raises it again, and of one that
/// does nothing.
#[track_caller]
fn goes_through(stage: &Stage<'_>, error: &Raised) {
    let body = |_: IgnoredAny| Err::<(), _>(error.clone());
    let failure = stage.manager("passing").with((), body).unwrap_err();
    assert!(failure.into_body().unwrap().is_same(error), "{error:?}");

    let (scripted, sink) = stage.scripted();
    let mut finally = script("reraise");
    finally["script"]["handlers"] = serde_json::json!([]);
    for inputs in [script("reraise"), finally] {
        let failure = scripted.with(inputs, body).unwrap_err();
        assert!(failure.into_body().unwrap().is_same(error), "{error:?}");
        assert!(sink.take().ends_with("a: exit\n"), "{error:?}");
    }
    assert!(error.context().is_none() && error.cause().is_none(), "{error:?}");
}
