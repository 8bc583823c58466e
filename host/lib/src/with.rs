//! A body and what it is held by: one scope here, a stack of them in `exit_stack.rs`.

use std::any::Any;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;

use ambit_core::{Describe, Ending, Family, Incident, Raised};
use serde::de::DeserializeOwned;

use crate::call;
use crate::cancel::{Cancelled, Cut, Span};
use crate::error::Error;
use crate::exchange::{Inputs, Unreadable};
use crate::manager::Manager;
use crate::outcome::{Ended, Failure, Outcome, Own, With, conclude};
use crate::scope::{Held, NotEntered, Scope};

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
    let mut scope = Scope::vacant();
    let entered = scope.enter_here(Cow::Borrowed(manager), inputs, entered_at, Cancelled::Never);
    entered.map_err(not_entered)?;
    match scope.take_value().read(manager) {
        Ok(value) => {
            let ran = run(|| {
                let _in_body = scope.begin_body();
                body(value)
            });
            ran.end(|pending| scope.end(pending))
        }
        // No body runs, and no manager can suppress that.
        Err(Unreadable::Unfit(error)) => {
            let unfit = error.into_raised();
            let Ending { pending, incidents, .. } = scope.end(Some(unfit.clone()));
            Err(Failure::of_manager(pending.unwrap_or(unfit), incidents))
        }
        Err(Unreadable::Broken(reason)) => Err(Failure::of_enter(scope.enter_in_vain(reason))),
        Err(Unreadable::Panicked(payload)) => Ran::panicked(payload).end(|pending| scope.end(pending)),
    }
}

#[cold]
fn not_entered<R, E: Send + Sync>(NotEntered { raised, unreleased }: NotEntered) -> Failure<R, E> {
    Failure::of_manager(raised, unreleased.map(Incident::Lost).into_iter().collect())
}

/// Runs a body, for who then [ends](Ran::end) what it was held by.
pub(crate) fn run<R, E, Via>(body: impl FnOnce() -> Result<R, E>) -> Ran<R, E>
where
    E: Describe<Via>,
{
    Ran::of(catch_unwind(AssertUnwindSafe(body)).map_err(Cut::Panicked))
}

/// The same inside of a fresh scope, with a body that may await.
pub(crate) async fn with_async<V, R, E, Via>(
    manager: Manager,
    inputs: Result<Inputs, Error>,
    entered_at: &'static Location<'static>,
    body: impl AsyncFnOnce(V) -> Result<R, E>,
) -> With<R, E>
where
    V: DeserializeOwned,
    E: Describe<Via>,
{
    let inputs = inputs.map_err(|error| Failure::of_enter(error.into_raised()))?;
    let span = Span::begin(None);
    let _awaited = span.awaited();
    let begin = || Scope::begin_enter(&manager, inputs, entered_at, span.clone());
    let begun = span.shielded(begin).await;
    let (entered, stopped) = begun.map_err(|raised| Failure::of_manager(raised, Vec::new()))?;
    let mut held = entered.map_err(not_entered)?;
    span.set_until(held.scope().until());
    if let Some(raised) = stopped {
        return end_in_vain(held, raised).await;
    }
    match held.take_value().read(&manager) {
        Ok(value) => {
            let body = pin!(Some(body(value)));
            run_async(&span, body, async |pending| held.end(pending).await).await
        }
        Err(Unreadable::Unfit(error)) => end_in_vain(held, error.into_raised()).await,
        Err(Unreadable::Broken(reason)) => Err(Failure::of_enter(held.enter_in_vain(reason).await)),
        Err(Unreadable::Panicked(payload)) => {
            let ran = Ran::panicked(payload);
            let pending = ran.pending();
            ran.conclude(held.end(pending).await)
        }
    }
}

/// Exits where no body runs, and no manager can suppress that.
async fn end_in_vain<R, E: Send + Sync + 'static>(held: Held, raised: Raised) -> With<R, E> {
    let Ending { pending, incidents, .. } = held.end(Some(raised.clone())).await;
    Err(Failure::of_manager(pending.unwrap_or(raised), incidents))
}

/// Runs `body` in its span, then ends what it was held by with how it ended, which goes on whoever waits.
pub(crate) async fn run_async<R, E, Via>(
    span: &Arc<Span>,
    body: Pin<&mut Option<impl Future<Output = Result<R, E>>>>,
    end: impl AsyncFnOnce(Option<Raised>) -> Ending,
) -> With<R, E>
where
    E: Describe<Via>,
{
    let ran = Ran::of(span.run(body).await);
    let pending = ran.pending();
    ran.conclude(end(pending).await)
}

/// How a body ended, or was ended.
pub(crate) enum Ran<R, E: Send + Sync + 'static> {
    Ended(Ended<R, E>),
    Cancelled(Raised),
    Panicked(Raised, Box<dyn Any + Send>),
}

impl<R, E: Send + Sync + 'static> Ran<R, E> {
    fn of<Via>(ran: Result<Result<R, E>, Cut>) -> Self
    where
        E: Describe<Via>,
    {
        match ran {
            Ok(Ok(result)) => Self::Ended(Ended::Completed(result)),
            Ok(Err(error)) => Self::Ended(Ended::Failed(Own::new(error))),
            Err(Cut::Cancelled(raised)) => Self::Cancelled(raised),
            Err(Cut::Panicked(payload)) => Self::panicked(payload),
        }
    }

    fn panicked(payload: Box<dyn Any + Send>) -> Self {
        Self::Panicked(panicked(&*payload), payload)
    }

    /// Ends what the body was held by with how it ended.
    pub(crate) fn end(self, end: impl FnOnce(Option<Raised>) -> Ending) -> With<R, E> {
        let pending = self.pending();
        self.conclude(end(pending))
    }

    /// What managers are to see of it.
    fn pending(&self) -> Option<Raised> {
        match self {
            Self::Ended(Ended::Completed(_)) => None,
            Self::Ended(Ended::Failed(own)) => Some(own.raised().clone()),
            Self::Cancelled(raised) | Self::Panicked(raised, _) => Some(raised.clone()),
        }
    }

    /// What the `with` comes to.
    fn conclude(self, ending: Ending) -> With<R, E> {
        match self {
            Self::Ended(Ended::Completed(result)) if ending.is_clean() => Ok(Outcome::Completed(result)),
            Self::Ended(ended) => conclude(ended, ending),
            Self::Cancelled(raised) => {
                let Ending { pending, incidents, .. } = ending;
                Err(Failure::of_manager(pending.unwrap_or(raised), incidents))
            }
            Self::Panicked(_, payload) => {
                tell(&ending.incidents);
                resume_unwind(payload)
            }
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
