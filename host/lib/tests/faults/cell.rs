//! One cell of the table: [`Cell`].

use std::fmt;

use crate::cause::{Cause, Verdict};
use crate::phase::Phase;
use crate::policy::Policy;
use crate::position::Position;

/// What goes wrong, when, where, and who shares a store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) cause: Cause,
    pub(crate) phase: Phase,
    pub(crate) position: Position,
    pub(crate) policy: Policy,
}

impl Cell {
    /// All cells there are, also those of no meaning.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Cause::ALL.into_iter().flat_map(|cause| {
            Phase::ALL.into_iter().flat_map(move |phase| {
                Position::ALL.into_iter().flat_map(move |position| {
                    Policy::ALL.map(|policy| Self { cause, phase, position, policy })
                })
            })
        })
    }

    /// What is right to come of it; an error says why it has no meaning.
    pub(crate) fn verdict(&self) -> Result<Verdict, &'static str> {
        self.cause.verdict(self.phase)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cause, phase, position, policy } = self;
        write!(f, "{}/{}/{}/{}", cause.name(), phase.name(), position.name(), policy.name())
    }
}
