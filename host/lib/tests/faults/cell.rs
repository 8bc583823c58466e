//! One cell of the table: [`Cell`].

use std::fmt;

use crate::cause::{Cause, Verdict};
use crate::kind::Kind;
use crate::phase::Phase;
use crate::policy::Policy;
use crate::position::Position;

/// What goes wrong, when, where, who shares a store, and who awaits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) cause: Cause,
    pub(crate) phase: Phase,
    pub(crate) position: Position,
    pub(crate) policy: Policy,
    pub(crate) kind: Kind,
}

impl Cell {
    /// All cells there are, also those of no meaning.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let phases = |cause| Phase::ALL.into_iter().map(move |phase| (cause, phase));
        let positions = |(cause, phase)| Position::ALL.map(|position| (cause, phase, position));
        let kinds = |policy| Kind::ALL.into_iter().map(move |kind| (policy, kind));
        Cause::ALL.into_iter().flat_map(phases).flat_map(positions).flat_map(
            move |(cause, phase, position)| {
                let cell = move |(policy, kind)| Self { cause, phase, position, policy, kind };
                Policy::ALL.into_iter().flat_map(kinds).map(cell)
            },
        )
    }

    /// What is right to come of it; an error says why it has no meaning.
    pub(crate) fn verdict(&self) -> Result<Verdict, &'static str> {
        self.cause.verdict(self.phase, self.kind)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cause, phase, position, policy, kind } = self;
        let [cause, phase, position] = [cause.name(), phase.name(), position.name()];
        write!(f, "{cause}/{phase}/{position}/{}/{}", policy.name(), kind.name())
    }
}
