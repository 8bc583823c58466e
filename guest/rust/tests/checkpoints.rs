//! What a manager leaves for the case that its scope is lost, and what recovers from it.

use std::cell::RefCell;
use std::rc::Rc;

use ambit_guest::testing::{self, enter, json, on_leave};
use ambit_guest::{Checkpoint, Error, Result, Scope, kinds, manager, plugin};
use serde::{Deserialize, Serialize};

/// What a step leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Left {
    step: u32,
}

thread_local! {
    static RECOVERED: RefCell<Vec<Left>> = const { RefCell::new(Vec::new()) };
}

mod inner {
    use super::*;

    pub(super) fn remember(left: Left) -> Result {
        match left.step {
            13 => Err(Error::new("stuck", "it is left")),
            _ => {
                RECOVERED.with_borrow_mut(|recovered| recovered.push(left));
                Ok(())
            }
        }
    }
}

/// Leaves a checkpoint for each step.
#[manager(name = "steps", recover = inner::remember)]
async fn stepwise(
    #[default(2)] ahead: u32,
    #[default(1)] behind: u32,
    checkpoint: Checkpoint<Left>,
    scope: Scope<u32>,
) -> Result {
    for step in 1..=ahead {
        checkpoint.leave(&Left { step })?;
    }
    let body = scope.yields(ahead).await;
    for step in ahead + 1..=ahead + behind {
        checkpoint.leave(&Left { step })?;
    }
    body
}

/// Holds nothing.
#[manager]
async fn holds_nothing(scope: Scope) -> Result {
    scope.yields(()).await
}

plugin!(stepwise, holds_nothing);

fn step(step: u32) -> Left {
    Left { step }
}

/// What is left in this thread from now on.
fn witnessed() -> Rc<RefCell<Vec<String>>> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let own = Rc::clone(&seen);
    on_leave(move |state| {
        own.borrow_mut().push(state.to_owned());
        Ok(())
    });
    seen
}

#[test]
fn an_entered_scope_tells_what_it_left() {
    let entered = enter(stepwise, ()).unwrap();
    assert_eq!(entered.checkpoint(), Some(step(2)));
    assert_eq!(entered.checkpoints::<Left>(), [step(1), step(2)]);
    let none = enter(holds_nothing, ()).unwrap();
    assert_eq!(none.checkpoint::<Left>(), None);
}

#[test]
fn each_scope_leaves_its_own() {
    let (one, other) = (enter(stepwise, json!({"ahead": 1})).unwrap(), enter(stepwise, ()).unwrap());
    assert_eq!(one.checkpoints::<Left>(), [step(1)]);
    assert_eq!(other.checkpoints::<Left>(), [step(1), step(2)]);
}

#[test]
fn a_witness_sees_what_is_left_ahead_of_the_yield_and_behind_it() {
    let seen = witnessed();
    enter(stepwise, json!({"ahead": 1, "behind": 2})).unwrap().exit(Ok(())).unwrap();
    assert_eq!(*seen.borrow(), [r#"{"step":1}"#, r#"{"step":2}"#, r#"{"step":3}"#]);
}

#[test]
fn a_checkpoint_that_is_not_kept_is_an_error_and_was_not_left() {
    on_leave(|state| match state {
        r#"{"step":2}"# => Err(Error::new("full", "the journal is full")),
        _ => Ok(()),
    });
    assert!(enter(stepwise, ()).unwrap_err().is("full"));
    let entered = enter(stepwise, json!({"ahead": 1})).unwrap();
    assert_eq!(entered.checkpoint(), Some(step(1)));
    let body = Error::new("boom", "the body failed");
    let ended = entered.exit(Err(body.clone())).unwrap_err();
    assert!(ended.is("full") && ended.context().unwrap().is_same(&body));
}

#[test]
fn a_state_that_cannot_be_written_is_an_error() {
    #[manager(recover = unreachable)]
    async fn odd(checkpoint: Checkpoint<std::collections::BTreeMap<(), ()>>, scope: Scope) -> Result {
        checkpoint.leave(&[((), ())].into())?;
        scope.yields(()).await
    }
    fn unreachable(_: std::collections::BTreeMap<(), ()>) -> Result {
        unreachable!("nothing was left")
    }
    let error = enter(odd, ()).unwrap_err();
    assert_eq!(error.message(), "key must be a string");
    assert_eq!(error.notes(), ["the state of the checkpoint cannot be written as JSON"]);
}

#[test]
fn the_function_is_called_with_the_state() {
    testing::recover(stepwise, step(7)).unwrap();
    testing::recover(stepwise, json!({"step": 8})).unwrap();
    assert_eq!(RECOVERED.take(), [step(7), step(8)]);
}

#[test]
fn its_error_is_that_of_the_recovery() {
    assert!(testing::recover(stepwise, step(13)).unwrap_err().is("stuck"));
}

#[test]
fn a_manager_that_leaves_nothing_cannot_recover() {
    let error = testing::recover(holds_nothing, step(1)).unwrap_err();
    assert_eq!(error.kinds(), ["rust:ambit_guest::NoRecovery", kinds::UNSUPPORTED]);
    assert_eq!(error.message(), "the manager `holds_nothing` leaves no checkpoints, and cannot recover");
}

#[test]
fn a_state_that_cannot_be_read_is_a_bad_argument() {
    let error = testing::recover(stepwise, json!({"step": "one"})).unwrap_err();
    assert_eq!(
        error.kinds(),
        ["rust:ambit_guest::UnreadableCheckpoint", "invalid-argument:state", "invalid-argument"]
    );
    assert!(error.message().starts_with("this is no checkpoint of `steps`: invalid type"), "{error}");
    assert_eq!(RECOVERED.take(), []);
}
