//! An error and what is behind it, as it is shown: [`Chain`].

use super::Raised;

/// How an error of a [`Chain`] came to be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is the first.
    Raised,
    /// The one before it was raised from it.
    Cause,
    /// It was in flight when the one before it was raised.
    Context,
}

/// What [`Raised::chain`] walks.
#[derive(Clone, Debug)]
pub struct Chain {
    next: Option<(Relation, Raised)>,
}

impl Raised {
    /// This error and the chain behind it, newest first, as Python displays it: after each its cause if it has one, else its
    /// context unless that is hidden.
    #[must_use]
    pub fn chain(&self) -> Chain {
        Chain { next: Some((Relation::Raised, self.clone())) }
    }
}

impl Iterator for Chain {
    type Item = (Relation, Raised);

    fn next(&mut self) -> Option<Self::Item> {
        let (relation, raised) = self.next.take()?;
        self.next = raised.shown();
        Some((relation, raised))
    }
}
