//! An error in flight: [`Raised`].

mod chain;
mod links;

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::Family;

pub use chain::{Chain, Relation};
use links::Links;

/// An error in flight. A clone is a second handle of the same error.
///
/// Its links are `cause` (what it was raised from), `context` (what was in flight when it was raised) and, of a group,
/// its members. They never form a ring, so that none is leaked. As a [`std::error::Error`] its source is the link that
/// Python would display: the cause, else the context unless that is hidden.
#[derive(Clone)]
pub struct Raised(Arc<Inner>);

struct Inner {
    family: Family,
    kinds: Vec<String>,
    message: String,
    members: Vec<Raised>,
    notes: Mutex<Vec<String>>,
    links: Mutex<Links>,
    /// Whether another error is linked to this one, or was.
    is_linked: AtomicBool,
    /// What [`Error::source`] gave; it hands out a reference, so that this link stays once it was asked for.
    source: OnceLock<Option<Raised>>,
    native: OnceLock<Box<dyn Any + Send + Sync>>,
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
        members.iter().for_each(Self::mark_linked);
        Self(Arc::new(Inner {
            family,
            kinds: kinds.into_iter().map(Into::into).collect(),
            message: message.into(),
            members,
            notes: Mutex::default(),
            links: Mutex::default(),
            is_linked: AtomicBool::new(false),
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

    /// Whether anything but this handle holds it: another handle, or an error that is linked to it.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// The errors that a group stands for; empty for any other.
    #[must_use]
    pub fn members(&self) -> &[Raised] {
        &self.0.members
    }

    /// Lines that were added on the way, oldest first.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.lines().clone()
    }

    /// Adds a line for whoever reads the error.
    pub fn add_note(&self, note: impl Into<String>) {
        let note = note.into();
        self.lines().push(note);
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value of the host's program that this error stands for, if it is known and of type `T`.
    ///
    /// A body's error has one once it was replaced: until then the value is with the host, which gives it back as it was.
    #[must_use]
    pub fn native<T: Any>(&self) -> Option<&T> {
        self.0.native.get().and_then(|native| native.downcast_ref())
    }

    /// Keeps the value of the host's program that this error stands for. Only the first is kept.
    ///
    /// A value that holds a handle of this error, or of one that is linked to it, would keep it alive for good: do not
    /// give it one.
    pub fn set_native(&self, native: impl Any + Send + Sync) {
        // A second value would contradict the identity of the error; there is none, and it would be dropped.
        drop(self.0.native.set(Box::new(native)));
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
        self.shown_for_good().map(|source| source as &(dyn Error + 'static))
    }
}
