//! When it goes wrong: [`Phase`].

/// What the plugin is asked to do meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It is instantiated for the first time.
    Load,
    Describe,
    Enter,
    /// The body runs in which another scope of the plugin does it, once in its enter, once in its exit. The scope itself
    /// is innocent.
    Body,
    Exit,
    /// The scope is released, after its exit.
    Drop,
}

impl Phase {
    pub(crate) const ALL: [Self; 6] =
        [Self::Load, Self::Describe, Self::Enter, Self::Body, Self::Exit, Self::Drop];

    /// Its word, which the hostile program knows too.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Describe => "describe",
            Self::Enter => "enter",
            Self::Body => "body",
            Self::Exit => "exit",
            Self::Drop => "drop",
        }
    }

    /// What the library calls it in a fault, if a scope is in it.
    pub(crate) fn of_scope(self) -> Option<ambit::Phase> {
        match self {
            Self::Enter => Some(ambit::Phase::Enter),
            Self::Exit => Some(ambit::Phase::Exit),
            Self::Drop => Some(ambit::Phase::Drop),
            Self::Load | Self::Describe | Self::Body => None,
        }
    }
}
