//! Exit stacks: [`Stack`], and [`Unwind`], which walks one.

use crate::{Answer, Incident, Policy, Raised, settle, settle_together};

/// What is to exit, last in, first out. `X` is whatever its host can exit: a scope, a function, another stack.
///
/// An entry may be [tied](Self::tie) to another: it exits directly after that one, and is told what became of it.
#[derive(Debug)]
pub struct Stack<X> {
    entries: Vec<Entry<X>>,
}

#[derive(Debug)]
struct Entry<X> {
    exits: X,
    is_tied: bool,
}

impl<X> Default for Stack<X> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<X> Stack<X> {
    /// Registers what is to exit next.
    pub fn push(&mut self, entry: X) {
        self.entries.push(Entry { exits: entry, is_tied: false });
    }

    /// Ties an entry to the last one that `is_meant`: it goes directly beneath that one, wherever that is by then. Of several
    /// that are tied to one, the last exits first.
    ///
    /// # Errors
    /// The entry, where there is none to tie it to.
    pub fn tie(&mut self, entry: X, is_meant: impl Fn(&X) -> bool) -> Result<(), X> {
        match self.entries.iter().rposition(|upper| !upper.is_tied && is_meant(&upper.exits)) {
            Some(upper) => {
                self.entries.insert(upper, Entry { exits: entry, is_tied: true });
                Ok(())
            }
            None => Err(entry),
        }
    }

    /// Takes back the entry that exits first.
    pub fn pop(&mut self) -> Option<X> {
        self.entries.pop().map(|entry| entry.exits)
    }

    /// Moves all entries into a new stack: they exit with that one.
    #[must_use = "the entries exit when the returned stack does"]
    pub fn pop_all(&mut self) -> Self {
        std::mem::take(self)
    }

    /// The entry that exits first.
    #[must_use]
    pub fn last(&self) -> Option<&X> {
        self.entries.last().map(|entry| &entry.exits)
    }

    /// All entries, in the order in which they were registered, but for those that are [tied](Self::tie).
    pub fn iter(&self) -> impl Iterator<Item = &X> {
        self.entries.iter().map(|entry| &entry.exits)
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
        let entries = self.pop_all().entries;
        let (raised_by, incidents, released) = (None, Vec::new(), Released::Exited);
        Unwind { entries, pending, raised_by, incidents, is_tied: false, released }
    }
}

/// A walk through a stack that unwinds: take the [next](Self::next_entry) entry, exit it with what is
/// [pending](Self::pending), and tell what it [answered](Self::answered), until none is left.
#[derive(Debug)]
#[must_use = "entries that are not taken do not exit"]
pub struct Unwind<X> {
    entries: Vec<Entry<X>>,
    pending: Option<Raised>,
    raised_by: Option<String>,
    incidents: Vec<Incident>,
    /// Whether the entry that was taken last is tied.
    is_tied: bool,
    released: Released,
}

/// What became of an entry: what those that are [tied](Stack::tie) to it are told.
#[derive(Clone, Debug)]
pub enum Released {
    /// It exited, whatever it answered.
    Exited,
    /// Its exit could not run to its end, for this fault.
    Lost(Raised),
}

impl Released {
    /// The fault by which the exit was lost; `None`: it came to its end.
    #[must_use]
    pub fn fault(&self) -> Option<&Raised> {
        match self {
            Self::Exited => None,
            Self::Lost(fault) => Some(fault),
        }
    }
}

/// How a stack ended.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The error that leaves the stack, if any.
    pub pending: Option<Raised>,
    /// Who raised it, where it was an entry that has a name.
    pub raised_by: Option<String>,
    /// What the caller must be told beside it, in the order in which it happened.
    pub incidents: Vec<Incident>,
}

impl Ending {
    /// Whether no error leaves the stack, and nobody must be told anything.
    #[inline]
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.pending.is_none() && self.incidents.is_empty()
    }
}

impl<X> Unwind<X> {
    /// The entry that is to exit now.
    pub fn next_entry(&mut self) -> Option<X> {
        let Entry { exits, is_tied } = self.entries.pop()?;
        self.is_tied = is_tied;
        Some(exits)
    }

    /// What became of the entry that this one is tied to.
    #[must_use]
    pub fn released(&self) -> &Released {
        &self.released
    }

    /// The error that the entry is to be given: the last one raised and not suppressed.
    #[must_use]
    pub fn pending(&self) -> Option<&Raised> {
        self.pending.as_ref()
    }

    /// Says what the entry answered, and what it was allowed to. What is told of an entry that has a name, names it.
    pub fn answered(&mut self, by: Option<&str>, answer: Answer, policy: &Policy) {
        if !self.is_tied {
            self.released = match &answer {
                Answer::Lost(fault) => Released::Lost(fault.clone()),
                Answer::Ended | Answer::Passed | Answer::Raised(_) => Released::Exited,
            };
        }
        let before = self.pending.clone();
        let settled = settle(self.pending.take(), answer, policy);
        self.pending = settled.pending;
        let goes_on = |raised: &Raised| before.as_ref().is_some_and(|before| before.is_same(raised));
        if !self.pending.as_ref().is_some_and(goes_on) {
            self.raised_by = by.filter(|_| self.pending.is_some()).map(str::to_owned);
        }
        self.incidents.extend(settled.incident.map(|incident| match by {
            Some(name) => incident.of(name),
            None => incident,
        }));
    }

    /// The same of an entry that is several which exited together, each given what is pending.
    pub fn answered_together<'a>(&mut self, answers: Vec<(&'a str, Answer, &'a Policy)>) {
        if !self.is_tied {
            let lost = answers.iter().find_map(|(_, answer, _)| match answer {
                Answer::Lost(fault) => Some(fault.clone()),
                Answer::Ended | Answer::Passed | Answer::Raised(_) => None,
            });
            self.released = lost.map_or(Released::Exited, Released::Lost);
        }
        let before = self.pending.take();
        let is_new = |raised: &Raised| !before.as_ref().is_some_and(|before| before.is_same(raised));
        let raised = answers
            .iter()
            .filter(|(_, answer, _)| matches!(answer, Answer::Raised(raised) if is_new(raised)));
        let raised_by = raised.map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
        let (pending, incidents) = settle_together(before.clone(), answers);
        if pending.as_ref().is_none_or(is_new) {
            self.raised_by = pending.is_some().then_some(raised_by);
        }
        self.pending = pending;
        self.incidents.extend(incidents);
    }

    /// Adds what an entry that is itself a stack has to tell.
    pub fn told(&mut self, incidents: impl IntoIterator<Item = Incident>) {
        self.incidents.extend(incidents);
    }

    /// How it ended, once no entry is left.
    #[must_use]
    pub fn finish(self) -> Ending {
        debug_assert!(self.entries.is_empty(), "an entry was not taken");
        Ending { pending: self.pending, raised_by: self.raised_by, incidents: self.incidents }
    }
}
