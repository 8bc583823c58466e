//! An error in flight: [`Raised`].

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

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

/// An error in flight. A clone is a second handle of the same error.
///
/// Its links are `cause` (what it was raised from), `context` (what was in flight when it was raised) and, of a group,
/// its members. They never form a ring, so that none is leaked. As a [`std::error::Error`] its source is the link that
/// Python would display: the cause, else the context unless that is hidden.
#[derive(Clone)]
pub struct Raised(Arc<Inner>);

struct Inner {
    family: Family,
    kinds: Box<[String]>,
    message: String,
    members: Vec<Raised>,
    links: Mutex<Links>,
    /// What [`Error::source`] gave; it hands out a reference, so that this link stays once it was asked for.
    source: OnceLock<Option<Raised>>,
    native: OnceLock<Box<dyn Any + Send + Sync>>,
}

#[derive(Default)]
struct Links {
    notes: Vec<String>,
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

impl Raised {
    /// A new error.
    pub fn new(
        family: Family,
        kinds: impl IntoIterator<Item = impl Into<String>>,
        message: impl Into<String>,
    ) -> Self {
        Self::group(family, kinds, message, Vec::new())
    }

    /// A new error that stands for several.
    pub fn group(
        family: Family,
        kinds: impl IntoIterator<Item = impl Into<String>>,
        message: impl Into<String>,
        members: Vec<Raised>,
    ) -> Self {
        Self(Arc::new(Inner {
            family,
            kinds: kinds.into_iter().map(Into::into).collect(),
            message: message.into(),
            members,
            links: Mutex::default(),
            source: OnceLock::new(),
            native: OnceLock::new(),
        }))
    }

    /// What sort of error it is.
    #[must_use]
    pub fn family(&self) -> Family {
        self.0.family
    }

    /// The path of its types, most specific first.
    #[must_use]
    pub fn kinds(&self) -> &[String] {
        &self.0.kinds
    }

    /// Whether `kind` stands anywhere in its path.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.0.kinds.iter().any(|each| each == kind)
    }

    /// What happened; one layer, without its cause.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether both are handles of one error.
    #[must_use]
    pub fn is_same(&self, other: &Raised) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The errors that a group stands for; empty for any other.
    #[must_use]
    pub fn members(&self) -> &[Raised] {
        &self.0.members
    }

    /// Lines that were added on the way, oldest first.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.links().notes.clone()
    }

    /// Adds a line for whoever reads the error.
    pub fn add_note(&self, note: impl Into<String>) {
        self.links().notes.push(note.into());
    }

    /// What it was raised from.
    #[must_use]
    pub fn cause(&self) -> Option<Raised> {
        self.links().cause.clone()
    }

    /// Says what it was raised from; `None`: from nothing. Either hides its context. A link that would close a ring is
    /// not made.
    pub fn set_cause(&self, cause: Option<Raised>) {
        let cause = cause.filter(|cause| !cause.reaches(self));
        let replaced = {
            let mut links = self.links();
            links.hides_context = true;
            std::mem::replace(&mut links.cause, cause)
        };
        drop(replaced);
    }

    /// What was in flight when it was raised.
    #[must_use]
    pub fn context(&self) -> Option<Raised> {
        match &self.links().context {
            Context::Set(context) => Some(context.clone()),
            Context::Cut | Context::Unset => None,
        }
    }

    /// Says what was in flight when it was raised; `None`: nothing, and nothing is to be hung there. A link that would
    /// close a ring is not made.
    pub fn set_context(&self, context: Option<Raised>) {
        let context = match context {
            None => Context::Cut,
            Some(context) if context.reaches(self) => return,
            Some(context) => Context::Set(context),
        };
        let replaced = std::mem::replace(&mut self.links().context, context);
        drop(replaced);
    }

    /// Whether a cause, or its absence, was set.
    #[must_use]
    pub fn hides_context(&self) -> bool {
        self.links().hides_context
    }

    /// Hangs `pending` on the end of the chain of contexts, unless it is there already or the chain was cut: what
    /// happens to an error that is raised while `pending` is in flight.
    pub(crate) fn hang(&self, pending: &Raised) {
        let mut last = self.clone();
        loop {
            if last.is_same(pending) {
                return;
            }
            let next = match &last.links().context {
                Context::Cut => return,
                Context::Unset => None,
                Context::Set(next) => Some(next.clone()),
            };
            match next {
                Some(next) => last = next,
                None => return last.set_context(Some(pending.clone())),
            }
        }
    }

    /// The value of the host's program that this error stands for, if it is known and of type `T`.
    ///
    /// A body's error has one once it was replaced: until then the value is with the host, which gives it back as it was.
    #[must_use]
    pub fn native<T: Any>(&self) -> Option<&T> {
        self.0.native.get().and_then(|native| native.downcast_ref())
    }

    /// Keeps the value of the host's program that this error stands for. Only the first is kept.
    pub fn set_native(&self, native: impl Any + Send + Sync) {
        // A second value would contradict the identity of the error; there is none, and it would be dropped.
        drop(self.0.native.set(Box::new(native)));
    }

    /// This error and the chain behind it, newest first, as Python displays it: after each its cause if it has one, else its
    /// context unless that is hidden.
    #[must_use]
    pub fn chain(&self) -> Chain {
        Chain { next: Some((Relation::Raised, self.clone())) }
    }

    fn shown(&self) -> Option<(Relation, Raised)> {
        let links = self.links();
        match (&links.cause, &links.context) {
            (Some(cause), _) => Some((Relation::Cause, cause.clone())),
            (None, Context::Set(context)) if !links.hides_context => {
                Some((Relation::Context, context.clone()))
            }
            _ => None,
        }
    }

    /// Whether a walk along any links from here arrives at `target`.
    fn reaches(&self, target: &Raised) -> bool {
        let mut seen = std::collections::HashSet::new();
        let mut open = vec![self.clone()];
        while let Some(raised) = open.pop() {
            if raised.is_same(target) {
                return true;
            }
            if seen.insert(Arc::as_ptr(&raised.0)) {
                let links = raised.links();
                open.extend(links.cause.clone());
                if let Context::Set(context) = &links.context {
                    open.push(context.clone());
                }
                drop(links);
                open.extend(raised.0.members.iter().cloned());
                open.extend(raised.0.source.get().cloned().flatten());
            }
        }
        false
    }

    fn links(&self) -> MutexGuard<'_, Links> {
        // Nothing that runs under the lock leaves the links half written.
        self.0.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn take_linked(&mut self) -> impl Iterator<Item = Raised> + use<> {
        let links = std::mem::take(self.links.get_mut().unwrap_or_else(PoisonError::into_inner));
        let context = match links.context {
            Context::Set(context) => Some(context),
            Context::Cut | Context::Unset => None,
        };
        let members = std::mem::take(&mut self.members);
        members.into_iter().chain(links.cause).chain(context).chain(self.source.take().flatten())
    }
}

/// Guests decide how long a chain is, so it is released in a loop, not by recursion.
impl Drop for Inner {
    fn drop(&mut self) {
        let mut open: Vec<Raised> = self.take_linked().collect();
        while let Some(raised) = open.pop() {
            if let Some(mut inner) = Arc::into_inner(raised.0) {
                open.extend(inner.take_linked());
            }
        }
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.message(), self.kinds().first()) {
            ("", Some(kind)) => f.write_str(kind),
            (message, _) => f.write_str(message),
        }
    }
}

impl fmt::Debug for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raised")
            .field("family", &self.family())
            .field("kinds", &self.kinds())
            .field("message", &self.message())
            .field("notes", &self.notes())
            .finish_non_exhaustive()
    }
}

impl Error for Raised {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.0.source.get_or_init(|| self.shown().map(|(_, shown)| shown));
        source.as_ref().map(|source| source as &(dyn Error + 'static))
    }
}

/// What [`Raised::chain`] walks.
#[derive(Clone, Debug)]
pub struct Chain {
    next: Option<(Relation, Raised)>,
}

impl Iterator for Chain {
    type Item = (Relation, Raised);

    fn next(&mut self) -> Option<Self::Item> {
        let (relation, raised) = self.next.take()?;
        self.next = raised.shown();
        Some((relation, raised))
    }
}
