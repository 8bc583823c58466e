//! An error in flight, as a plugin sees it: [`Error`].

use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;

use crate::raised::{Raised, duplicate};
use crate::{Family, Kinds};

/// What a manager, and most of its functions, return.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// An error in flight. A clone is a second handle of the same error.
///
/// The host owns it and knows it by identity: an error that was given at the yield and is returned is the same error again,
/// and one that was made anew never is, whatever it says.
///
/// `?` makes one of any [`std::error::Error`]: its type and the portable kind that fits become its [kinds](Self::kinds), and
/// its chain of [sources](std::error::Error::source) becomes its chain of [causes](Self::cause).
///
/// # Examples
/// An error is matched by its kind, wherever that stands in its path:
/// ```
/// use ambit_guest::Result;
///
/// fn forgive(body: Result) -> Result {
///     match body {
///         Err(error) if error.is("not-found") => Ok(()),
///         other => other,
///     }
/// }
/// # let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
/// # assert!(forgive(Err(missing.into())).is_ok());
/// ```
#[derive(Clone)]
pub struct Error(Rc<Inner>);

struct Inner {
    raised: Raised,
    // Read across the boundary at most once: neither ever changes.
    kinds: OnceCell<Vec<String>>,
    message: OnceCell<String>,
}

impl Error {
    /// A new error. `kinds` is the path of its types, most specific first: one name, or several.
    ///
    /// A portable kind has no language ahead, and [`kinds`](crate::kinds) lists those that hosts know; a kind of your own is
    /// `rust:your_crate::Name`. `message` says in one sentence what happened, and does not repeat the cause.
    ///
    /// # Examples
    /// ```
    /// use ambit_guest::Error;
    ///
    /// let error = Error::new(["rust:pool::Exhausted", "timed-out"], "no connection was free for 5 s");
    /// assert!(error.is("timed-out"));
    /// ```
    pub fn new(kinds: impl Kinds, message: impl AsRef<str>) -> Self {
        Raised::new(&kinds.into_path(), message.as_ref()).into()
    }

    /// A new error that stands for several, as Python's `ExceptionGroup` does.
    pub fn group(
        kinds: impl Kinds,
        message: impl AsRef<str>,
        members: impl IntoIterator<Item = Error>,
    ) -> Self {
        let members: Vec<_> = members.into_iter().collect();
        let handles: Vec<_> = members.iter().map(|member| &member.0.raised).collect();
        Raised::group(&kinds.into_path(), message.as_ref(), &handles).into()
    }

    pub(crate) fn broken(rule: &str) -> Self {
        Raised::broken(rule).into()
    }

    /// Adds a line for whoever reads the error.
    pub fn note(self, note: impl AsRef<str>) -> Self {
        self.0.raised.add_note(note.as_ref());
        self
    }

    /// Says what it was raised from, as Python's `raise … from …`. It hides the context.
    ///
    /// A link that would close a ring is not made.
    pub fn caused_by(self, cause: impl Into<Error>) -> Self {
        self.0.raised.set_cause(Some(&cause.into().0.raised));
        self
    }

    /// Says that it was raised from nothing, as Python's `raise … from None`. It hides the context.
    pub fn from_nothing(self) -> Self {
        self.0.raised.set_cause(None);
        self
    }

    /// Says what was in flight when it was raised.
    ///
    /// The body's error needs no mention: where another takes its place, the host hangs it there itself. A link that would
    /// close a ring is not made.
    pub fn in_context(self, context: impl Into<Error>) -> Self {
        self.0.raised.set_context(Some(&context.into().0.raised));
        self
    }

    /// Says that nothing was in flight when it was raised: the host hangs nothing there, and the body's error is lost.
    pub fn without_context(self) -> Self {
        self.0.raised.set_context(None);
        self
    }

    /// What sort of error it is.
    #[must_use]
    pub fn family(&self) -> Family {
        Family::named(&self.0.raised.family())
    }

    /// Whether the body was told to stop: its family is [`Family::Cancelled`].
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.family() == Family::Cancelled
    }

    /// The path of its types, most specific first.
    #[must_use]
    pub fn kinds(&self) -> &[String] {
        self.0.kinds.get_or_init(|| self.0.raised.kinds())
    }

    /// Whether `kind` stands anywhere in its path.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.kinds().iter().any(|each| each == kind)
    }

    /// The detail of a kind: `3`, asked for `exit-status`, where `exit-status:3` stands in its path.
    #[must_use]
    pub fn detail(&self, kind: &str) -> Option<&str> {
        ambit_kinds::detail(self.kinds(), kind)
    }

    /// What happened; one layer, without its cause.
    #[must_use]
    pub fn message(&self) -> &str {
        self.0.message.get_or_init(|| self.0.raised.message())
    }

    /// Lines that were added on the way, oldest first.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.0.raised.notes()
    }

    /// What it was raised from.
    #[must_use]
    pub fn cause(&self) -> Option<Error> {
        self.0.raised.cause().map(Self::from)
    }

    /// What was in flight when it was raised.
    #[must_use]
    pub fn context(&self) -> Option<Error> {
        self.0.raised.context().map(Self::from)
    }

    /// Whether a cause, or its absence, was set.
    #[must_use]
    pub fn hides_context(&self) -> bool {
        self.0.raised.hides_context()
    }

    /// The errors that a group stands for; empty for any other.
    #[must_use]
    pub fn members(&self) -> Vec<Error> {
        self.0.raised.members().into_iter().map(Self::from).collect()
    }

    /// Whether both are handles of one error. Identity, never equality.
    #[must_use]
    pub fn is_same(&self, other: &Error) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.0.raised.is_same(&other.0.raised)
    }

    /// The handle, for the host: the one that it gave, where nothing else holds on to it.
    #[cfg_attr(not(target_arch = "wasm32"), expect(dead_code, reason = "natively no handle leaves"))]
    pub(crate) fn into_raised(self) -> Raised {
        Rc::try_unwrap(self.0).map_or_else(|shared| duplicate(&shared.raised), |inner| inner.raised)
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn raised(&self) -> &Raised {
        &self.0.raised
    }
}

impl From<Raised> for Error {
    fn from(raised: Raised) -> Self {
        Self(Rc::new(Inner { raised, kinds: OnceCell::new(), message: OnceCell::new() }))
    }
}

/// Shows its message; one layer, without its cause.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kinds", &self.kinds())
            .field("message", &self.message())
            .finish_non_exhaustive()
    }
}
