//! What an error is linked to: its cause and its context, and the rule that links form no ring.

use std::collections::HashSet;
use std::mem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Inner, Raised, Relation};

/// The links that may be set after an error was made.
#[derive(Default)]
pub(super) struct Links {
    cause: Option<Raised>,
    context: Context,
    hides_context: bool,
}

#[derive(Default)]
enum Context {
    #[default]
    Unset,
    /// Set to none on purpose: nothing is to be hung here.
    Cut,
    Set(Raised),
}

impl Context {
    fn set(&self) -> Option<&Raised> {
        match self {
            Self::Set(context) => Some(context),
            Self::Cut | Self::Unset => None,
        }
    }

    fn into_set(self) -> Option<Raised> {
        match self {
            Self::Set(context) => Some(context),
            Self::Cut | Self::Unset => None,
        }
    }
}

/// The turn to set links: one at a time, so that what was found to close no ring closes none as it is made.
///
/// What is let go meanwhile goes to a list that outlives the turn: a value of the program's may be dropped with it, and
/// set links as it is.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Raised {
    /// What it was raised from.
    #[must_use]
    pub fn cause(&self) -> Option<Raised> {
        self.links().cause.clone()
    }

    /// Says what it was raised from; `None`: from nothing. Either hides its context. A link that would close a ring is
    /// not made: the cause stays what it was.
    pub fn set_cause(&self, cause: Option<Raised>) {
        let mut released = Vec::new();
        let _turn = turn();
        let closes_a_ring = cause.as_ref().is_some_and(|cause| cause.reaches(self, &mut released));
        cause.iter().for_each(Raised::mark_linked);
        let mut links = self.links();
        links.hides_context = true;
        released.extend(if closes_a_ring { cause } else { mem::replace(&mut links.cause, cause) });
    }

    /// What was in flight when it was raised.
    #[must_use]
    pub fn context(&self) -> Option<Raised> {
        self.links().context.set().cloned()
    }

    /// Says what was in flight when it was raised; `None`: nothing, and nothing is to be hung there. A link that would
    /// close a ring is not made: the context stays what it was.
    pub fn set_context(&self, context: Option<Raised>) {
        let mut released = Vec::new();
        let _turn = turn();
        self.link_context(context, &mut released);
    }

    /// Whether a cause, or its absence, was set.
    #[must_use]
    pub fn hides_context(&self) -> bool {
        self.links().hides_context
    }

    /// Hangs `pending` on the end of the chain of contexts, unless it is there already or the chain was cut: what
    /// happens to an error that is raised while `pending` is in flight.
    pub(crate) fn hang(&self, pending: &Raised) {
        let mut released = Vec::new();
        let _turn = turn();
        let mut last = self.clone();
        while !last.is_same(pending) {
            let next = match &last.links().context {
                Context::Cut => break,
                Context::Unset => None,
                Context::Set(next) => Some(next.clone()),
            };
            let Some(next) = next else {
                last.link_context(Some(pending.clone()), &mut released);
                break;
            };
            released.push(mem::replace(&mut last, next));
        }
        released.push(last);
    }

    fn link_context(&self, context: Option<Raised>, released: &mut Vec<Raised>) {
        let context = match context {
            None => Context::Cut,
            Some(context) if context.reaches(self, released) => return released.push(context),
            Some(context) => {
                context.mark_linked();
                Context::Set(context)
            }
        };
        released.extend(mem::replace(&mut self.links().context, context).into_set());
    }

    /// What is displayed behind it.
    pub(super) fn shown(&self) -> Option<(Relation, Raised)> {
        let links = self.links();
        match (&links.cause, links.context.set()) {
            (Some(cause), _) => Some((Relation::Cause, cause.clone())),
            (None, Some(context)) if !links.hides_context => Some((Relation::Context, context.clone())),
            _ => None,
        }
    }

    /// What is displayed behind it, once and for all: [`Error::source`](std::error::Error::source) hands out a reference.
    pub(super) fn shown_for_good(&self) -> Option<&Raised> {
        let source = self.0.source.get_or_init(|| {
            let _turn = turn();
            self.shown().map(|(_, shown)| shown)
        });
        source.as_ref()
    }

    /// Says that another error is linked to it. It is held to be, from then on.
    pub(super) fn mark_linked(&self) {
        self.0.is_linked.store(true, Ordering::Relaxed);
    }

    /// Whether a walk along any links from here arrives at `target`.
    fn reaches(&self, target: &Raised, released: &mut Vec<Raised>) -> bool {
        // Without this, who adds one link after the other to a chain walks all of it each time.
        if !target.0.is_linked.load(Ordering::Relaxed) {
            return self.is_same(target);
        }
        let mut seen = HashSet::new();
        let mut open = vec![self.clone()];
        while let Some(raised) = open.pop() {
            if raised.is_same(target) {
                released.push(raised);
                released.append(&mut open);
                return true;
            }
            if seen.insert(Arc::as_ptr(&raised.0)) {
                let links = raised.links();
                open.extend(links.cause.iter().chain(links.context.set()).cloned());
                drop(links);
                open.extend(raised.0.source.get().into_iter().flatten().chain(&raised.0.members).cloned());
            }
            released.push(raised);
        }
        false
    }

    fn links(&self) -> MutexGuard<'_, Links> {
        // Nothing that runs under the lock leaves the links half written.
        self.0.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Whether it is linked to nothing: most are not.
    fn is_alone(&mut self) -> bool {
        let links = self.links.get_mut().unwrap_or_else(PoisonError::into_inner);
        let alone = links.cause.is_none() && links.context.set().is_none() && self.members.is_empty();
        alone && self.source.get().is_none_or(Option::is_none)
    }

    fn take_linked(&mut self) -> impl Iterator<Item = Raised> + use<> {
        let links = mem::take(self.links.get_mut().unwrap_or_else(PoisonError::into_inner));
        let members = mem::take(&mut self.members);
        let source = self.source.take().flatten();
        members.into_iter().chain(links.cause).chain(links.context.into_set()).chain(source)
    }
}

/// Guests decide how long a chain is, so it is released in a loop, not by recursion.
impl Drop for Inner {
    fn drop(&mut self) {
        if self.is_alone() {
            return;
        }
        let mut open = Vec::new();
        open.extend(self.take_linked());
        while let Some(raised) = open.pop() {
            if let Some(mut inner) = Arc::into_inner(raised.0) {
                open.extend(inner.take_linked());
            }
        }
    }
}
