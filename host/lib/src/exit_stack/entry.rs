//! What an exit stack holds, and how each of it exits: [`Entry`].

use ambit_core::{Answer, Ending, Incident, Policy, Raised, Released, Unwind};

use super::ExitStack;
use crate::body::Until;
use crate::scope::{Exited, Scope};

type ExitFunction<'h> = Box<dyn FnOnce(Option<&Raised>) -> Answer + 'h>;

type Finalizer<'h> = Box<dyn FnOnce(&Released) -> Result<(), Raised> + 'h>;

/// What exits with a stack.
pub(super) enum Entry<'h> {
    Scope(Scope<'static>),
    Function(ExitFunction<'h>),
    Finalizer(Finalizer<'h>),
    Stack(ExitStack<'h>),
}

/// Why a stack unwinds.
#[derive(Clone, Copy)]
pub(crate) enum Why {
    /// Its body ended, or somebody asked for it.
    Ended,
    /// It was dropped.
    Dropped,
}

impl Entry<'_> {
    /// When the time is over that its scopes give the body, if it has any that do.
    pub(super) fn until(&self) -> Option<Until> {
        match self {
            Self::Scope(scope) => scope.until(),
            Self::Stack(stack) => super::earliest(&stack.entries),
            Self::Function(_) | Self::Finalizer(_) => None,
        }
    }

    /// Exits it, with what is pending in the walk that it is taken from, and tells that walk what it answered.
    pub(super) fn exit(self, why: Why, walk: &mut Unwind<Self>) {
        match self {
            Self::Scope(scope) => {
                let exited = match why {
                    Why::Ended => scope.exit(walk.pending()),
                    Why::Dropped => scope.leak(walk.pending()),
                };
                answered_by_scope(walk, exited);
            }
            Self::Function(exit) => answered_by_host(walk, None, exit(walk.pending())),
            Self::Finalizer(finalizer) => answered_by_host(walk, None, returned(finalizer(walk.released()))),
            Self::Stack(mut stack) => {
                let ending = stack.unwind_for(why, walk.pending().cloned());
                answered_by_stack(walk, ending);
            }
        }
    }
}

/// What a scope answers, as its manager may.
pub(crate) fn answered_by_scope<X>(walk: &mut Unwind<X>, exited: Exited<'_>) {
    let Exited { manager, answer, unreleased } = exited;
    walk.answered(Some(manager.name()), answer, &manager.terms().policy);
    walk.told(unreleased.map(Incident::Lost));
}

/// What a stack answers that exits with another.
pub(crate) fn answered_by_stack<X>(walk: &mut Unwind<X>, ending: Ending) {
    let Ending { pending, raised_by, incidents } = ending;
    let answer = match (pending, walk.pending()) {
        (Some(raised), _) => Answer::Raised(raised),
        (None, Some(_)) => Answer::Ended,
        (None, None) => Answer::Passed,
    };
    answered_by_host(walk, raised_by.as_deref(), answer);
    walk.told(incidents);
}

/// What the host's own functions answer, and its stacks, for who raised in them: they may suppress whatever its managers may.
pub(crate) fn answered_by_host<X>(walk: &mut Unwind<X>, raised_by: Option<&str>, answer: Answer) {
    walk.answered(raised_by.or(Some("the host")), answer, &Policy::default().suppress_faults(true));
}

/// What a function of the host's own says that is given no error.
pub(crate) fn returned(returned: Result<(), Raised>) -> Answer {
    returned.map_or_else(Answer::Raised, |()| Answer::Passed)
}
