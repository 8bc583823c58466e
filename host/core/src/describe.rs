//! From an error of the host's program to a [`Raised`]: [`Describe`].

use std::any::Any;
use std::error::Error;
use std::fmt;

use crate::{Family, Raised};

/// An error of the host's program that managers can be shown.
///
/// It holds for every [`std::error::Error`], for what gives one by `AsRef` (`anyhow::Error`, `Box<dyn Error + Send + Sync>`)
/// and for text (`String`, `&str`). `Via` says by which of these, and is inferred.
pub trait Describe<Via>: Any + Send + Sync {
    /// The error in flight that it is, or stands for, if it is one already.
    fn in_flight(&self) -> Option<Raised>;

    /// What managers see of it: the error in flight that it is; else a new one, with its type and the portable kind that
    /// fits as kinds, and its [source](Error::source) as cause.
    fn describe(&self) -> Raised;
}

/// By what an error can be described.
pub mod via {
    /// It is a [`std::error::Error`].
    #[derive(Debug)]
    pub enum StdError {}
    /// It gives a [`std::error::Error`] by `AsRef`.
    #[derive(Debug)]
    pub enum Inner {}
    /// It is text.
    #[derive(Debug)]
    pub enum Text {}
}

impl<E: Error + Send + Sync + 'static> Describe<via::StdError> for E {
    fn in_flight(&self) -> Option<Raised> {
        known(self)
    }

    fn describe(&self) -> Raised {
        known(self).unwrap_or_else(|| with_source(ambit_kinds::of(self), self))
    }
}

impl<E: AsRef<dyn Error + Send + Sync> + Any + Send + Sync> Describe<via::Inner> for E {
    fn in_flight(&self) -> Option<Raised> {
        known(self.as_ref())
    }

    fn describe(&self) -> Raised {
        from_dyn(self.as_ref())
    }
}

impl<E: AsRef<str> + Any + Send + Sync> Describe<via::Text> for E {
    fn in_flight(&self) -> Option<Raised> {
        None
    }

    fn describe(&self) -> Raised {
        Raised::new(Family::Error, ambit_kinds::of(self), self.as_ref())
    }
}

fn from_dyn(error: &(dyn Error + 'static)) -> Raised {
    known(error).unwrap_or_else(|| with_source(ambit_kinds::of_dyn(error), error))
}

/// As the [source](Error::source) of an error of a host: that error is no other than this one in flight.
///
/// So a host's own error type, around an error in flight, is described as that very error where an outer scope sees it.
#[derive(Clone, Debug)]
pub struct StandsFor(pub Raised);

impl fmt::Display for StandsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for StandsFor {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// The error in flight that this one is, or stands for.
fn known(error: &(dyn Error + 'static)) -> Option<Raised> {
    let direct = error.downcast_ref::<Raised>();
    let stands_for = || Some(&error.source()?.downcast_ref::<StandsFor>()?.0);
    direct.or_else(stands_for).cloned()
}

fn with_source(kinds: Vec<String>, error: &(dyn Error + 'static)) -> Raised {
    let raised = Raised::new(Family::Error, kinds, error.to_string());
    if let Some(source) = error.source() {
        raised.set_cause(Some(from_dyn(source)));
    }
    raised
}
