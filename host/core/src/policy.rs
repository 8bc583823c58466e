//! Who may suppress and replace what: [`Policy`].

use crate::{Family, Raised};

/// What a manager may do to the error that it is given.
///
/// By default it may suppress and replace errors, and replace faults, but not suppress them. Nobody suppresses or replaces
/// a cancellation or a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    suppress_errors: bool,
    suppress_faults: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { suppress_errors: true, suppress_faults: false }
    }
}

impl Policy {
    /// Whether it may suppress errors of the program; as a default, it may.
    #[must_use]
    pub fn suppress_errors(self, allowed: bool) -> Self {
        Self { suppress_errors: allowed, ..self }
    }

    /// Whether it may suppress faults, as Python's managers can; as a default, it may not.
    #[must_use]
    pub fn suppress_faults(self, allowed: bool) -> Self {
        Self { suppress_faults: allowed, ..self }
    }

    pub(crate) fn may_suppress(self, raised: &Raised) -> bool {
        match raised.family() {
            Family::Error => self.suppress_errors,
            Family::Fault => self.suppress_faults && !goes_on(raised),
            Family::Cancelled => false,
        }
    }

    pub(crate) fn may_replace(self, raised: &Raised) -> bool {
        !goes_on(raised)
    }
}

/// Whether it leaves whatever the managers say: they were told for their cleanup's sake.
fn goes_on(raised: &Raised) -> bool {
    match raised.family() {
        Family::Cancelled => true,
        Family::Fault => raised.is(ambit_kinds::PANIC),
        Family::Error => false,
    }
}
