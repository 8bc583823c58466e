//! What an async exit stack holds, and how each of it exits: [`Entry`].

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use ambit_core::{Answer, Ending, Incident, Raised, Released, Stack, Unwind};
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};

use super::AsyncExitStack;
use crate::body::Until;
use crate::cancel::Span;
use crate::exit_stack::entry::{Why, answered_by_host, answered_by_scope, answered_by_stack, returned};
use crate::scope::{Exited, Exiting, Scope};
use crate::settling::Settles;
use crate::with;

type ExitFunction = Box<dyn FnOnce(Option<Raised>) -> BoxFuture<'static, Answer> + Send>;

type Finalizer = Box<dyn FnOnce(Released) -> BoxFuture<'static, Result<(), Raised>> + Send>;

/// What exits with a stack.
pub(super) enum Entry {
    Scope(Scope<'static>),
    /// They were entered together, and exit together.
    Group(Vec<Scope<'static>>),
    Function(ExitFunction),
    Finalizer(Finalizer),
    Stack(AsyncExitStack),
}

impl Entry {
    /// When the time is over that its scopes give the body, if it has any that do.
    fn until(&self) -> Option<Until> {
        match self {
            Self::Scope(scope) => scope.until(),
            Self::Group(scopes) => scopes.iter().filter_map(Scope::until).min_by_key(|until| until.at),
            Self::Stack(stack) => earliest(&stack.entries()),
            Self::Function(_) | Self::Finalizer(_) => None,
        }
    }

    /// Has its scopes listed as such that are to exit, and gives what holds the one that exits last.
    pub(super) fn settles(&self) -> Option<Arc<Settles>> {
        match self {
            Self::Scope(scope) => Some(scope.settles()),
            Self::Group(scopes) => last_to_exit(scopes.iter().map(|scope| Some(scope.settles()))),
            Self::Stack(stack) => last_to_exit(stack.entries().iter().map(Self::settles)),
            Self::Function(_) | Self::Finalizer(_) => None,
        }
    }

    /// Exits it, with what is pending in the walk that it is taken from, and tells that walk what it answered.
    async fn exit(self, why: Why, walk: &mut Unwind<Self>) {
        let pending = walk.pending().cloned();
        match self {
            Self::Scope(scope) => {
                answered_by_scope(walk, begin_exit(scope, why, pending).exited().await);
            }
            Self::Group(scopes) => {
                let exited = exit_together(scopes, why, pending.as_ref()).await;
                let answers = exited.iter().map(|Exited { manager, answer, .. }| {
                    (manager.name(), answer.clone(), &manager.terms().policy)
                });
                walk.answered_together(answers.collect());
                walk.told(exited.into_iter().filter_map(|exited| exited.unreleased).map(Incident::Lost));
            }
            Self::Function(exit) => answered_by_host(walk, None, exit(pending).await),
            Self::Finalizer(finalizer) => {
                let released = walk.released().clone();
                answered_by_host(walk, None, returned(finalizer(released).await));
            }
            Self::Stack(stack) => {
                let mut entries = stack.take();
                match Box::pin(unwind(&mut entries, why, pending)).await {
                    Ok(ending) => answered_by_stack(walk, ending),
                    Err(payload) => std::panic::resume_unwind(payload),
                }
            }
        }
    }
}

/// What holds the scope that exits last, of those that were entered in this order.
pub(super) fn last_to_exit(settles: impl Iterator<Item = Option<Arc<Settles>>>) -> Option<Arc<Settles>> {
    settles.fold(None, Option::or)
}

fn begin_exit(scope: Scope<'static>, why: Why, pending: Option<Raised>) -> Exiting {
    match why {
        Why::Ended => scope.begin_exit(pending, Span::alone()),
        Why::Dropped => scope.begin_leak(pending, Span::alone()),
    }
}

/// Exits all at once, each with the same error.
pub(super) async fn exit_together(
    scopes: Vec<Scope<'static>>,
    why: Why,
    pending: Option<&Raised>,
) -> Vec<Exited<'static>> {
    let begin = |scope| begin_exit(scope, why, pending.cloned()).exited();
    join_all(scopes.into_iter().map(begin)).await
}

/// Exits all, and says which error leaves the stack and what else happened; or with what the first panicked that did.
pub(super) async fn unwind(
    entries: &mut Stack<Entry>,
    why: Why,
    pending: Option<Raised>,
) -> Result<Ending, Box<dyn Any + Send>> {
    let mut walk = entries.unwind(pending);
    let mut first_panic = None;
    while let Some(entry) = walk.next_entry() {
        // A panic is an answer too, and the first one goes on in the end.
        if let Err(payload) = AssertUnwindSafe(entry.exit(why, &mut walk)).catch_unwind().await {
            answered_by_host(&mut walk, None, Answer::Raised(with::panicked(&*payload)));
            first_panic.get_or_insert(payload);
        }
    }
    let ending = walk.finish();
    match first_panic {
        None => Ok(ending),
        Some(payload) => {
            with::tell(&ending.incidents);
            Err(payload)
        }
    }
}

/// The first end of those that these entries set to the body.
pub(super) fn earliest(entries: &Stack<Entry>) -> Option<Until> {
    entries.iter().filter_map(Entry::until).min_by_key(|until| until.at)
}
