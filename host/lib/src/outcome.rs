//! How a `with` ended: [`Outcome`] and [`Failure`].

use std::error::Error;
use std::fmt;

use ambit_core::{Describe, Ending, Incident, Raised, StandsFor};

use crate::fault::Fault;

/// What a `with` comes to, where its body gives `Result<R, E>`.
pub type With<R, E> = Result<Outcome<R, E>, Failure<R, E>>;

/// How a `with` ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<R, E> {
    /// The body completed, with this result.
    Completed(R),
    /// The body failed, with this error, and a manager suppressed it.
    Suppressed(E),
}

impl<R, E> Outcome<R, E> {
    /// The body's result; `None` where its error was suppressed.
    pub fn completed(self) -> Option<R> {
        match self {
            Self::Completed(result) => Some(result),
            Self::Suppressed(_) => None,
        }
    }

    /// Whether the body's error was suppressed.
    pub fn is_suppressed(&self) -> bool {
        matches!(self, Self::Suppressed(_))
    }
}

/// How a `with` ended with an error. What the body gave is kept, where nothing replaced it.
///
/// Its `Display` is that of the error that goes on, and names the faults of exits that could not run. Where an outer scope
/// sees a `Failure`, it sees the very error that this one holds.
pub struct Failure<R, E: Send + Sync + 'static> {
    raised: StandsFor,
    incidents: Vec<Incident>,
    kept: Kept<R, E>,
}

enum Kept<R, E: Send + Sync + 'static> {
    /// The error that goes on is the body's own.
    Body(Own<E>),
    /// All went well, but for the cleanup that was lost.
    Outcome(Outcome<R, E>),
    /// The error that goes on is a manager's.
    Nothing,
}

impl<R, E: Send + Sync + 'static> Failure<R, E> {
    fn new(raised: Raised, incidents: Vec<Incident>, kept: Kept<R, E>) -> Self {
        Self { raised: StandsFor(raised), incidents, kept }
    }

    /// An error for which the body did not run.
    pub(crate) fn of_enter(raised: Raised) -> Self {
        Self::of_manager(raised, Vec::new())
    }

    /// An error that a manager raised.
    pub(crate) fn of_manager(raised: Raised, incidents: Vec<Incident>) -> Self {
        Self::new(raised, incidents, Kept::Nothing)
    }

    /// The error that goes on, the same that managers saw. Where the only failure is a cleanup that was lost, that fault.
    #[must_use]
    pub fn raised(&self) -> &Raised {
        &self.raised.0
    }

    /// The body's own error, if that is what goes on.
    #[must_use]
    pub fn body(&self) -> Option<&E> {
        match &self.kept {
            Kept::Body(own) => own.error.as_ref(),
            Kept::Outcome(_) | Kept::Nothing => None,
        }
    }

    /// The body's own error, moved out as it came in, if that is what goes on.
    ///
    /// # Errors
    /// This failure, where another error goes on.
    pub fn into_body(self) -> Result<E, Self> {
        match self.kept {
            Kept::Body(own) => Ok(own.into_error()),
            kept => Err(Self { kept, ..self }),
        }
    }

    /// What the `with` came to, where all that failed is the cleanup of a scope.
    ///
    /// # Errors
    /// This failure, where an error goes on.
    pub fn into_outcome(self) -> Result<Outcome<R, E>, Self> {
        match self.kept {
            Kept::Outcome(outcome) => Ok(outcome),
            kept => Err(Self { kept, ..self }),
        }
    }

    /// What else happened on the way: cleanups that were lost, and what managers were not allowed to do.
    #[must_use]
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }

    /// The faults among what happened: of an enter that failed by one, or left something behind, and of exits that could not
    /// run, or could not release all.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        let going_on = matches!(self.kept, Kept::Nothing).then(|| self.raised());
        self.incidents.iter().filter_map(lost).chain(going_on).filter_map(Raised::native)
    }
}

/// The body's own error, and the error in flight that it was described as.
///
/// Managers may have put that one into a chain that outlives this. So where the error is not taken out, it goes into the
/// one that it was described as, to be found there by [`Raised::native`].
pub(crate) struct Own<E: Send + Sync + 'static> {
    /// There until this is used up or dropped.
    error: Option<E>,
    raised: Raised,
    /// Whether the error holds a handle of `raised` itself: to put it in there would make a ring.
    is_raised: bool,
}

impl<E: Send + Sync + 'static> Own<E> {
    pub(crate) fn new<Via>(error: E) -> Self
    where
        E: Describe<Via>,
    {
        let (raised, is_raised) = match error.in_flight() {
            Some(raised) => (raised, true),
            None => (error.describe(), false),
        };
        Self { error: Some(error), raised, is_raised }
    }

    pub(crate) fn raised(&self) -> &Raised {
        &self.raised
    }

    fn into_error(mut self) -> E {
        self.error.take().expect("it is taken only as this is used up")
    }
}

impl<E: Send + Sync + 'static> Drop for Own<E> {
    fn drop(&mut self) {
        if let Some(error) = self.error.take().filter(|_| !self.is_raised && self.raised.is_shared()) {
            self.raised.set_native(error);
        }
    }
}

/// What the body gave.
pub(crate) enum Ended<R, E: Send + Sync + 'static> {
    Completed(R),
    Failed(Own<E>),
}

/// What a `with` comes to, where its body ended so, and its exits so.
pub(crate) fn conclude<R, E: Send + Sync + 'static>(
    body: Ended<R, E>,
    Ending { pending, incidents, .. }: Ending,
) -> With<R, E> {
    let (raised, kept) = match (body, pending) {
        (Ended::Failed(own), Some(raised)) if raised.is_same(own.raised()) => (raised, Kept::Body(own)),
        (_, Some(raised)) => (raised, Kept::Nothing),
        (body, None) => {
            let outcome = match body {
                Ended::Completed(result) => Outcome::Completed(result),
                Ended::Failed(own) => Outcome::Suppressed(own.into_error()),
            };
            match incidents.iter().find_map(lost) {
                None => return Ok(outcome),
                Some(fault) => (fault.clone(), Kept::Outcome(outcome)),
            }
        }
    };
    Err(Failure::new(raised, incidents, kept))
}

/// The fault of a cleanup that was lost.
pub(crate) fn lost(incident: &Incident) -> Option<&Raised> {
    match incident {
        Incident::Lost(fault) => Some(fault),
        _ => None,
    }
}

impl<R, E: Send + Sync + 'static> fmt::Display for Failure<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.raised().fmt(f)?;
        let others = self.incidents.iter().filter_map(lost).filter(|fault| !fault.is_same(self.raised()));
        others.into_iter().try_for_each(|fault| write!(f, "; and a cleanup was lost: {fault}"))
    }
}

impl<R, E: Send + Sync + 'static> fmt::Debug for Failure<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("raised", self.raised())
            .field("incidents", &self.incidents)
            .finish_non_exhaustive()
    }
}

impl<R, E: Send + Sync + 'static> Error for Failure<R, E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.raised)
    }
}
