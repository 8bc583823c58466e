//! Whether all is right with one cell: [`cell`]. What is not panics.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use ambit::{Failure, Family, Manager, Raised, With};
use serde_json::Value;

use crate::body::{Body, Ended, Own, RESULT};
use crate::cause::{Cause, Verdict};
use crate::cell::Cell;
use crate::kind::{Held, Kind};
use crate::phase::Phase;
use crate::policy::Policy;
use crate::position::Position;
use crate::told::Told;
use crate::witness::{Witnesses, writes};
use crate::{hostile, load};

/// Checks a cell that has a meaning, each way in which a body ends.
pub(crate) fn cell(cell: &Cell, verdict: Verdict) {
    for body in Body::ALL {
        ended(cell, verdict, body);
    }
}

/// Checks a cell with a body that ends so.
pub(crate) fn ended(cell: &Cell, verdict: Verdict, body: Body) {
    match cell.phase {
        Phase::Load | Phase::Describe => load::ended(cell, verdict, body),
        Phase::Enter | Phase::Exit | Phase::Drop => scope(cell, verdict, body, None),
        Phase::Body => {
            let deeds = [Phase::Enter, Phase::Exit].map(|deed| (deed, cell.cause.verdict(deed, cell.kind)));
            for (deed, done) in deeds {
                if let Ok(done) = done {
                    scope(cell, verdict, body, Some((deed, done)));
                }
            }
        }
    }
}

/// Checks a stack with the hostile scope in it. If there is a deed, another scope of its plugin does it while the body runs.
fn scope(cell: &Cell, verdict: Verdict, body: Body, deed: Option<(Phase, Verdict)>) {
    let (witnesses, own) = (Witnesses::default(), Own::new());
    let hostile = hostile::manager(cell);
    let inputs = match cell.phase {
        Phase::Body => hostile::asks_nothing(),
        phase => hostile::asks(cell.cause, phase),
    };
    let mut ran = false;
    let ended = cell.kind.run(async |held: &mut Held<'_>| {
        for place in Position::PLACES {
            if place == cell.position.place() {
                held.enter(&hostile, &inputs).await?;
            } else {
                witnesses.enter(held, place, cell).await?;
            }
        }
        ran = true;
        if let Some((deed, done)) = deed {
            perpetrate(&hostile, cell.cause, deed, done);
        }
        body.end(&own)
    });

    if cell.phase == Phase::Enter && verdict != Verdict::Harmless {
        assert!(!ran, "the body ran");
        not_entered(cell, verdict, ended, &witnesses);
    } else {
        let told = told(cell, verdict, deed.map(|(deed, _)| deed));
        exited(told.as_ref(), body, &own, ended, &witnesses, cell);
    }
    next(&hostile, served(cell, verdict));
}

/// The scope of another user of the plugin does its deed.
fn perpetrate(hostile: &Manager, cause: Cause, deed: Phase, done: Verdict) {
    let ended: With<u32, Infallible> = hostile.with(hostile::asks(cause, deed), |_: Value| Ok(RESULT));
    match (deed, done) {
        (_, Verdict::Harmless) => assert_eq!(ended.unwrap().completed(), Some(RESULT)),
        (_, Verdict::Raised) => raised_a_ring(ended.unwrap_err().raised()),
        (deed, Verdict::Fault(kind)) => {
            let failure = ended.unwrap_err();
            Told::of(deed.of_scope().unwrap(), kind, cause).check_only(&failure);
            if deed == Phase::Exit {
                assert_eq!(failure.into_outcome().unwrap().completed(), Some(RESULT), "its body's result");
            }
        }
    }
}

/// Checks how it ended where the hostile scope could not be entered: the ones around it exit with that.
fn not_entered(cell: &Cell, verdict: Verdict, ended: Ended, witnesses: &Witnesses) {
    let failure = ended.unwrap_err();
    let raised = failure.raised().clone();
    assert!(failure.incidents().is_empty(), "{:?}", failure.incidents());
    let error = failure.into_body().unwrap();
    assert!(error.downcast_ref::<Raised>().is_some_and(|error| error.is_same(&raised)), "{error:?}");
    match verdict {
        Verdict::Fault(kind) => {
            assert_eq!(raised.family(), Family::Fault);
            assert!(raised.is(kind.code()), "{:?}", raised.kinds());
            Told::of(ambit::Phase::Enter, kind, cell.cause).check(raised.native().unwrap());
        }
        _ => raised_a_ring(&raised),
    }
    drop(error);
    let entered = &Position::PLACES[..cell.position.place()];
    exits(witnesses, entered, Some(&raised));
    let_go(cell, &raised, "the error");
}

/// Checks how it ended where the body ran: what it gave is kept, and goes through all scopes.
fn exited(told: Option<&Told>, body: Body, own: &Own, ended: Ended, witnesses: &Witnesses, cell: &Cell) {
    let check = |failure: &Failure<_, _>| match told {
        Some(told) => told.check_only(failure),
        None => assert!(failure.incidents().is_empty(), "{:?}", failure.incidents()),
    };
    let pending = match (body, ended) {
        (Body::Completes, Ok(outcome)) => {
            assert!(told.is_none(), "nobody is told of it");
            assert_eq!(outcome.completed(), Some(RESULT));
            None
        }
        (Body::Completes, Err(failure)) => {
            check(&failure);
            assert_eq!(failure.into_outcome().unwrap().completed(), Some(RESULT), "the body's result");
            None
        }
        (Body::Fails, ended) => {
            let failure = ended.unwrap_err();
            check(&failure);
            let raised = failure.raised().clone();
            let links = raised.chain().take(10).count();
            assert!(links <= 2, "its chain has {links} links");
            assert!(own.is(&*failure.into_body().unwrap()), "the body's error");
            Some(raised)
        }
    };
    let entered: Vec<_> =
        Position::PLACES.into_iter().filter(|place| *place != cell.position.place()).collect();
    exits(witnesses, &entered, pending.as_ref());
    pending.iter().for_each(|raised| let_go(cell, raised, "the body's error"));
}

/// Checks that nobody else holds an error any more. What awaits lets go of it in a task of its own, which ends in its time.
pub(crate) fn let_go(cell: &Cell, raised: &Raised, what: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    while cell.kind == Kind::Awaits && raised.is_shared() && Instant::now() < until {
        std::thread::yield_now();
    }
    assert!(!raised.is_shared(), "something still holds {what}");
}

/// The fault that is to be told of beside what the body gave.
fn told(cell: &Cell, verdict: Verdict, deed: Option<Phase>) -> Option<Told> {
    let Verdict::Fault(kind) = verdict else { return None };
    match (cell.phase.of_scope(), deed.and_then(Phase::of_scope)) {
        (Some(phase), _) => Some(Told::of(phase, kind, cell.cause)),
        // Another scope did it: that is the end of this one only if they share a store.
        (None, Some(deed)) if cell.policy == Policy::Shared => {
            Some(Told::of_another(&Told::of(deed, kind, cell.cause)))
        }
        _ => None,
    }
}

/// How many scopes the store of the next one is to have entered ahead of it: none if that would be one that saw a fault.
fn served(cell: &Cell, verdict: Verdict) -> u32 {
    match (cell.policy, verdict) {
        (Policy::Fresh, _) => 0,
        (Policy::Lease, Verdict::Fault(_)) if cell.phase != Phase::Body => 0,
        (Policy::Lease, _) => 1,
        (Policy::Shared, Verdict::Fault(_)) => 0,
        (Policy::Shared, _) if cell.phase == Phase::Body => 2,
        (Policy::Shared, _) => 1,
    }
}

/// Checks that the witnesses of these places exited, last in, first out, and were given this error.
pub(crate) fn exits(witnesses: &Witnesses, entered: &[usize], given: Option<&Raised>) {
    let mut seen = witnesses.seen();
    let order: Vec<_> = seen.given.iter().map(|(place, _)| *place).collect();
    assert!(order.iter().eq(entered.iter().rev()), "of {entered:?} exited {order:?}");
    for (place, seen) in seen.given.drain(..) {
        let right = match (&seen, given) {
            (Some(seen), Some(given)) => seen.is_same(given),
            (None, None) => true,
            _ => false,
        };
        assert!(right, "the scope in place {place} was given {seen:?}, not {given:?}");
    }
    let written: String = entered.iter().rev().map(|place| writes(*place, given)).collect();
    assert_eq!(seen.written, written);
}

/// Checks that a next scope works, in a store that entered so many ahead of it.
pub(crate) fn next(hostile: &Manager, served: u32) {
    let next: With<u32, Infallible> = hostile.with(hostile::asks_nothing(), Ok);
    let entered = next.unwrap().completed().unwrap();
    assert_eq!(entered, served + 1, "which scope of its store the next one is");
}

fn raised_a_ring(raised: &Raised) {
    assert_eq!((raised.family(), raised.message()), (Family::Error, "one of a ring"));
    assert_eq!(raised.chain().take(10).count(), 2, "the links of its chain");
}
