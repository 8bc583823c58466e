//! What is behind an error that took the place of another.

use ambit::{ExitStack, Family, Raised};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::name::links;
use crate::{End, Language};

use super::stage::{Own, Stage, raised};

pub(super) fn a_cause_is_the_bodys_own_value(stage: &Stage<'_>) {
    let own = Own::new();
    let address = own.address();
    let wrapping = stage.manager("wrapping");
    let failure = wrapping.with((), |_: IgnoredAny| Err::<(), _>(own)).unwrap_err();
    assert_eq!(failure.raised().message(), "wrapped");
    let cause = failure.raised().cause().unwrap();
    assert_eq!(cause.native::<Own>().unwrap().address(), address);

    // Python makes a `RuntimeError` of a `StopIteration` that leaves a generator, and contextlib undoes that. It cannot tell it
    // from a manager that does the same by hand; no other language has anything to undo.
    let stop = raised(&["python:builtins.StopIteration"]);
    let failure = wrapping.with((), |_: IgnoredAny| Err::<(), _>(stop.clone())).unwrap_err();
    if stage.language == Language::Python {
        assert!(failure.into_body().unwrap().is_same(&stop));
    } else {
        assert!(failure.raised().cause().unwrap().is_same(&stop));
    }
}

/// The managers of ST-10 again, on a stack: what CPython recorded for these, nested, holds for that too.
pub(super) fn a_stack_chains_as_nested_managers_do(stage: &Stage<'_>) {
    for scenario in stage.scenarios {
        let End::Error(expected) = &scenario.expected.end else { panic!("{scenario:?} should fail") };
        let scripted = stage.manager("scripted");
        let failure = ExitStack::with(|stack| {
            for (name, script) in &scenario.managers {
                stack.enter::<IgnoredAny>(&scripted, json!({"name": name, "script": script}))?;
            }
            Err::<(), _>(Raised::new(Family::Error, ["ZeroDivisionError"], "the body's"))
        });
        assert_eq!(&links(failure.unwrap_err().raised()), expected);
    }
}

pub(super) fn a_context_that_was_cut_stays_cut(stage: &Stage<'_>) {
    let cutting = stage.manager("cutting");
    let failure = cutting.with((), |_: IgnoredAny| Err::<(), _>(raised(&["Boom"]))).unwrap_err();
    assert_alone(failure.raised());

    let failure = ExitStack::with(|stack| {
        stack.enter::<IgnoredAny>(&cutting, ())?;
        stack.enter::<IgnoredAny>(&stage.manager("wrapping"), ())?;
        Err::<(), Raised>(raised(&["Boom"]))
    });
    assert_alone(failure.unwrap_err().raised());
}

#[track_caller]
fn assert_alone(error: &Raised) {
    assert_eq!(error.message(), "new");
    assert!(error.context().is_none() && error.cause().is_none(), "{:?}", links(error));
}
