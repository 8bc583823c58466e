//! Who may suppress and replace what: [`Policy`].

use std::sync::Arc;

use crate::{Family, Raised};

/// What a manager may do to the error that it is given.
///
/// By default it may suppress and replace errors, and replace faults, but not suppress them. Nobody suppresses or replaces
/// a cancellation or a panic. What a manager would do and may not is told as an [`Incident`](crate::Incident), and the
/// error goes on.
///
/// An error that a manager raises where none is in flight takes the place of none: whatever the policy, it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    suppress_errors: bool,
    suppress_faults: bool,
    /// The kinds of what it may suppress; without it, all.
    only: Option<Arc<[String]>>,
    replace: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { suppress_errors: true, suppress_faults: false, only: None, replace: true }
    }
}

impl Policy {
    /// It may neither suppress nor replace anything: for managers that are not trusted with the errors of others.
    #[must_use]
    pub fn none() -> Self {
        Self { suppress_errors: false, suppress_faults: false, only: None, replace: false }
    }

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

    /// It may suppress errors of the program that have one of these kinds anywhere in their path, and no others. Of faults,
    /// where it [may suppress those](Self::suppress_faults), it may suppress none of other kinds either.
    #[must_use]
    pub fn suppress_only(self, kinds: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let kinds = kinds.into_iter().map(Into::into).collect();
        Self { suppress_errors: true, only: Some(kinds), ..self }
    }

    /// Whether it may raise another error in place of the one that it was given; as a default, it may.
    #[must_use]
    pub fn replace(self, allowed: bool) -> Self {
        Self { replace: allowed, ..self }
    }

    pub(crate) fn may_suppress(&self, raised: &Raised) -> bool {
        let family = match raised.family() {
            Family::Error => self.suppress_errors,
            Family::Fault => self.suppress_faults && !goes_on(raised),
            Family::Cancelled => false,
        };
        family && self.only.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| raised.is(kind)))
    }

    pub(crate) fn may_replace(&self, raised: &Raised) -> bool {
        self.replace && !goes_on(raised)
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
