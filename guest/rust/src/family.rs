//! What sort of error it is: [`Family`].

/// What sort of error it is.
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
    /// The family of that name. The contract: what is not known is treated as `error` by a guest.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "cancelled" => Self::Cancelled,
            "fault" => Self::Fault,
            _ => Self::Error,
        }
    }

    /// The word of the contract.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::Fault => "fault",
        }
    }
}
