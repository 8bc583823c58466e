//! Who shares a store: [`Policy`].

use ambit::Isolation;

/// The policy of isolation of all scopes of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Lease,
    Fresh,
    Shared,
}

impl Policy {
    pub(crate) const ALL: [Self; 3] = [Self::Lease, Self::Fresh, Self::Shared];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lease => "lease",
            Self::Fresh => "fresh",
            Self::Shared => "shared",
        }
    }

    /// What the library calls it.
    pub(crate) fn isolation(self) -> Isolation {
        match self {
            Self::Lease => Isolation::lease(),
            Self::Fresh => Isolation::Fresh,
            Self::Shared => Isolation::shared(),
        }
    }
}
