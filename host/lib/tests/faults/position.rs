//! Where in the stack it goes wrong: [`Position`].

/// Where the hostile scope stands among the three of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    Outermost,
    Between,
    Innermost,
}

impl Position {
    pub(crate) const ALL: [Self; 3] = [Self::Outermost, Self::Between, Self::Innermost];

    /// The places of a stack, in the order in which they are entered.
    pub(crate) const PLACES: [usize; 3] = [0, 1, 2];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Outermost => "outermost",
            Self::Between => "between",
            Self::Innermost => "innermost",
        }
    }

    pub(crate) fn place(self) -> usize {
        match self {
            Self::Outermost => 0,
            Self::Between => 1,
            Self::Innermost => 2,
        }
    }
}
