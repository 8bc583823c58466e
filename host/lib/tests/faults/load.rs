//! Whether all is right with a cell in which the plugin is hostile as it is loaded, while other scopes are live.

use ambit::{Error, ErrorKind};

use crate::body::{Body, Own, RESULT};
use crate::cause::{Cause, Verdict};
use crate::cell::Cell;
use crate::check::{exits, let_go, next};
use crate::hostile;
use crate::kind::Held;
use crate::position::Position;
use crate::witness::Witnesses;

/// Checks a cell. A body that fails does so by what the load comes to, if that is an error.
pub(crate) fn ended(cell: &Cell, verdict: Verdict, body: Body) {
    let (witnesses, own, isolation) = (Witnesses::default(), Own::new(), cell.policy.isolation());
    let mut told = None;
    let ended = cell.kind.run(async |held: &mut Held<'_>| {
        for place in Position::PLACES {
            if place != cell.position.place() {
                witnesses.enter(held, place, cell).await?;
                continue;
            }
            match (hostile::load(cell), body) {
                (Ok(plugin), _) => next(&plugin.manager("hostile").unwrap().isolation(isolation), 0),
                (Err(error), Body::Completes) => told = Some(error),
                (Err(error), Body::Fails) => return Err(error.into()),
            }
        }
        body.end(&own)
    });

    let all = Position::PLACES.into_iter().filter(|place| *place != cell.position.place());
    match body {
        Body::Completes => {
            assert_eq!(ended.unwrap().completed(), Some(RESULT));
            exits(&witnesses, &all.collect::<Vec<_>>(), None);
        }
        Body::Fails => {
            let failure = ended.unwrap_err();
            assert!(failure.incidents().is_empty(), "{:?}", failure.incidents());
            let raised = failure.raised().clone();
            let error = failure.into_body().unwrap();
            let entered: Vec<_> = if verdict == Verdict::Harmless {
                assert!(own.is(&*error), "{error}");
                all.collect()
            } else {
                told = Some(*error.downcast::<Error>().unwrap());
                all.take(cell.position.place()).collect()
            };
            exits(&witnesses, &entered, Some(&raised));
            let_go(cell, &raised, "the body's error");
        }
    }
    match (told, verdict) {
        (Some(error), Verdict::Fault(_)) => refused(&error, cell.cause),
        (None, Verdict::Harmless) => {}
        (told, _) => panic!("it comes to {told:?}"),
    }
    let innocent = hostile::load_innocent(cell);
    next(&innocent.manager("hostile").unwrap().isolation(isolation), 0);
}

/// Checks that an error names the plugin, what it was asked to do, and the cause.
fn refused(error: &Error, cause: Cause) {
    assert_eq!(error.kind(), ErrorKind::Describe);
    let text = error.to_string();
    for says in ["`hostile.wasm` cannot say which managers it offers: ", cause.says()] {
        assert!(text.contains(says), "{text:?} does not say {says:?}");
    }
}
