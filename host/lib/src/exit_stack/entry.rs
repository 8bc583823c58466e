//! What an exit stack holds, and how each of it exits: [`Entry`].

use ambit_core::{Answer, Ending, Incident, Policy, Raised, Released};

use super::ExitStack;
use crate::body::Until;
use crate::manager::Manager;
use crate::scope::{Exited, Scope};

type ExitFunction<'h> = Box<dyn FnOnce(Option<&Raised>) -> Answer + 'h>;

type Finalizer<'h> = Box<dyn FnOnce(&Released) -> Result<(), Raised> + 'h>;

/// What exits with a stack.
pub(super) enum Entry<'h> {
    Scope(Scope),
    Function(ExitFunction<'h>),
    Finalizer(Finalizer<'h>),
    Stack(ExitStack<'h>),
}

/// Why a stack unwinds.
#[derive(Clone, Copy)]
pub(super) enum Why {
    /// Its body ended, or somebody asked for it.
    Ended,
    /// It was dropped.
    Dropped,
}

/// What came of an entry that exited.
pub(super) struct Left {
    pub(super) answer: Answer,
    /// Whose scope it was; the host's own functions have none.
    pub(super) by: Option<Manager>,
    pub(super) incidents: Vec<Incident>,
}

impl Entry<'_> {
    /// When the time is over that its scopes give the body, if it has any that do.
    pub(super) fn until(&self) -> Option<Until> {
        match self {
            Self::Scope(scope) => scope.until(),
            Self::Stack(stack) => stack.earliest(),
            Self::Function(_) | Self::Finalizer(_) => None,
        }
    }

    pub(super) fn exit(self, why: Why, pending: Option<&Raised>, released: &Released) -> Left {
        match self {
            Self::Scope(scope) => {
                let Exited { manager, answer, incident } = match why {
                    Why::Ended => scope.exit(pending),
                    Why::Dropped => scope.leak(pending),
                };
                Left { answer, by: Some(manager), incidents: incident.into_iter().collect() }
            }
            Self::Function(exit) => Left { answer: exit(pending), by: None, incidents: Vec::new() },
            Self::Finalizer(finalizer) => {
                Left { answer: returned(finalizer(released)), by: None, incidents: Vec::new() }
            }
            Self::Stack(mut stack) => {
                let Ending { pending: left, incidents } = stack.unwind_for(why, pending.cloned());
                let answer = match (left, pending) {
                    (Some(raised), _) => Answer::Raised(raised),
                    (None, Some(_)) => Answer::Ended,
                    (None, None) => Answer::Passed,
                };
                Left { answer, by: None, incidents }
            }
        }
    }
}

/// What is told of the host's own functions names this.
pub(super) const HOST: &str = "the host";

/// The host's own functions may suppress whatever its managers may.
pub(super) fn own_policy() -> Policy {
    Policy::default().suppress_faults(true)
}

/// What a function of the host's own says that is given no error.
pub(super) fn returned(returned: Result<(), Raised>) -> Answer {
    returned.map_or_else(Answer::Raised, |()| Answer::Passed)
}
