//! What sort of error it is: [`Family`].

/// What sort of error it is. Who may suppress and replace it follows from that: the table in `wit/README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// An error of the program. It may be suppressed and replaced. So is every error that a plugin makes.
    Error,
    /// The body was told to stop. It goes on, whatever a manager returns.
    Cancelled,
    /// The machinery failed: a trap, a spent budget, a broken contract, a panic. It can be replaced, and suppressed only
    /// where the host's user allows it.
    Fault,
}

impl Family {
    /// The family of that name. One that is not known is treated as `error`, as the contract says.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "cancelled" => Self::Cancelled,
            "fault" => Self::Fault,
            _ => Self::Error,
        }
    }

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
