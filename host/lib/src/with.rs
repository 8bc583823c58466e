//! A body and what it is held by: one scope here, a stack of them in `exit_stack.rs`.

use std::any::Any;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};

use ambit_core::{Describe, Ending, Family, Incident, Raised};
use serde::de::DeserializeOwned;

use crate::body::Running;
use crate::call;
use crate::exchange::{Inputs, Unreadable};
use crate::manager::Manager;
use crate::outcome::{Ended, Failure, Own, With, conclude};
use crate::scope::{NotEntered, Scope};

/// Runs `body` inside a fresh scope.
pub(crate) fn with<V, R, E, Via>(
    manager: &Manager,
    inputs: &Inputs,
    entered_at: &'static Location<'static>,
    body: impl FnOnce(V) -> Result<R, E>,
) -> With<R, E>
where
    V: DeserializeOwned,
    E: Describe<Via>,
{
    let (scope, value) = Scope::enter(Cow::Borrowed(manager), inputs, entered_at).map_err(not_entered)?;
    match value.read(manager) {
        Ok(value) => {
            let body = |scope: &mut Scope<'_>| {
                let _running = scope.until().map(Running::begin);
                let _timed = scope.trace().body();
                body(value)
            };
            run(scope, body, Scope::end)
        }
        // No body runs, and no manager can suppress that.
        Err(Unreadable::Unfit(error)) => {
            let unfit = error.into_raised();
            let Ending { pending, incidents, .. } = scope.end(Some(unfit.clone()));
            Err(Failure::of_manager(pending.unwrap_or(unfit), incidents))
        }
        Err(Unreadable::Broken(reason)) => Err(Failure::of_enter(scope.enter_in_vain(reason))),
    }
}

#[cold]
fn not_entered<R, E: Send + Sync>(NotEntered { raised, unreleased }: NotEntered) -> Failure<R, E> {
    Failure::of_manager(raised, unreleased.map(Incident::Lost).into_iter().collect())
}

/// Runs `body`, then ends what it was held by with how it ended.
pub(crate) fn run<H, R, E, Via>(
    mut held_by: H,
    body: impl FnOnce(&mut H) -> Result<R, E>,
    end: impl FnOnce(H, Option<Raised>) -> Ending,
) -> With<R, E>
where
    E: Describe<Via>,
{
    match catch_unwind(AssertUnwindSafe(|| body(&mut held_by))) {
        Ok(Ok(result)) => conclude(Ended::Completed(result), end(held_by, None)),
        Ok(Err(error)) => {
            let own = Own::new(error);
            let ending = end(held_by, Some(own.raised().clone()));
            conclude(Ended::Failed(own), ending)
        }
        Err(payload) => {
            tell(&end(held_by, Some(panicked(&*payload))).incidents);
            resume_unwind(payload)
        }
    }
}

/// What managers see of a panic.
pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Raised {
    Raised::new(Family::Fault, [ambit_kinds::PANIC], call::message(payload))
}

/// Tells what nobody is left to be told by a result.
pub(crate) fn tell(incidents: &[Incident]) {
    for incident in incidents {
        match incident {
            Incident::Lost(fault) => tracing::error!(%fault, "a cleanup was lost"),
            Incident::SuppressionRefused { by, pending } => {
                tracing::warn!(manager = by, %pending, "a suppression was refused");
            }
            Incident::ReplacementRefused { by, raised, .. } => {
                tracing::warn!(manager = by, %raised, "a replacement was refused");
            }
            _ => {}
        }
    }
}
