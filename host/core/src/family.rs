//! What sort of error it is: [`Family`].

/// What sort of error it is: who may suppress and replace it follows from that; see [`Policy`](crate::Policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// An error of the program.
    Error,
    /// The body was told to stop.
    Cancelled,
    /// The machinery failed: a trap, a spent budget, a broken contract, a panic.
    Fault,
}

impl Family {
    /// The word of the contract: `error`, `cancelled` or `fault`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::Fault => "fault",
        }
    }
}
