//! Exit stacks: [`Stack`], and [`Unwind`], which walks one.

use crate::{Answer, Incident, Policy, Raised, settle};

/// What is to exit, last in, first out. `X` is whatever its host can exit: a scope, a function, another stack.
#[derive(Debug)]
pub struct Stack<X> {
    entries: Vec<X>,
}

impl<X> Default for Stack<X> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<X> Stack<X> {
    /// Registers what is to exit next.
    pub fn push(&mut self, entry: X) {
        self.entries.push(entry);
    }

    /// Takes back the entry that was registered last.
    pub fn pop(&mut self) -> Option<X> {
        self.entries.pop()
    }

    /// Moves all entries into a new stack: they exit with that one.
    #[must_use = "the entries exit when the returned stack does"]
    pub fn pop_all(&mut self) -> Self {
        std::mem::take(self)
    }

    /// The entry that exits first.
    #[must_use]
    pub fn last(&self) -> Option<&X> {
        self.entries.last()
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Starts to exit all entries, with the error of the body if it failed. This stack is empty at once, and may be used
    /// again.
    #[must_use = "entries exit as the walk is driven"]
    pub fn unwind(&mut self, pending: Option<Raised>) -> Unwind<X> {
        Unwind { entries: self.pop_all().entries, pending, incidents: Vec::new() }
    }
}

/// A walk through a stack that unwinds: take the [next](Self::next_entry) entry, exit it with what is
/// [pending](Self::pending), and tell what it [answered](Self::answered), until none is left.
#[derive(Debug)]
#[must_use = "entries that are not taken do not exit"]
pub struct Unwind<X> {
    entries: Vec<X>,
    pending: Option<Raised>,
    incidents: Vec<Incident>,
}

/// How a stack ended.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The error that leaves the stack, if any.
    pub pending: Option<Raised>,
    /// What the caller must be told beside it, in the order in which it happened.
    pub incidents: Vec<Incident>,
}

impl<X> Unwind<X> {
    /// The entry that is to exit now.
    pub fn next_entry(&mut self) -> Option<X> {
        self.entries.pop()
    }

    /// The error that the entry is to be given: the last one raised and not suppressed.
    #[must_use]
    pub fn pending(&self) -> Option<&Raised> {
        self.pending.as_ref()
    }

    /// Says what the entry answered, and what it was allowed to. What is told of an entry that has a name, names it.
    pub fn answered(&mut self, by: Option<&str>, answer: Answer, policy: &Policy) {
        let settled = settle(self.pending.take(), answer, policy);
        self.pending = settled.pending;
        self.incidents.extend(settled.incident.map(|incident| match by {
            Some(name) => incident.of(name),
            None => incident,
        }));
    }

    /// Adds what an entry that is itself a stack has to tell.
    pub fn told(&mut self, incidents: impl IntoIterator<Item = Incident>) {
        self.incidents.extend(incidents);
    }

    /// How it ended, once no entry is left.
    #[must_use]
    pub fn finish(self) -> Ending {
        debug_assert!(self.entries.is_empty(), "an entry was not taken");
        Ending { pending: self.pending, incidents: self.incidents }
    }
}
