//! How a `with` ended: [`Outcome`] and [`Failure`].

use std::error::Error;
use std::fmt;

use ambit_core::{Ending, Incident, Raised, StandsFor};

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
pub struct Failure<R, E> {
    raised: StandsFor,
    incidents: Vec<Incident>,
    kept: Kept<R, E>,
}

enum Kept<R, E> {
    /// The error that goes on is the body's own.
    Body(E),
    /// All went well, but for the cleanup that was lost.
    Outcome(Outcome<R, E>),
    /// The error that goes on is a manager's.
    Nothing,
}

impl<R, E> Failure<R, E> {
    fn new(raised: Raised, incidents: Vec<Incident>, kept: Kept<R, E>) -> Self {
        Self { raised: StandsFor(raised), incidents, kept }
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
            Kept::Body(error) => Some(error),
            Kept::Outcome(_) | Kept::Nothing => None,
        }
    }

    /// The body's own error, moved out as it came in, if that is what goes on.
    ///
    /// # Errors
    /// This failure, where another error goes on.
    pub fn into_body(self) -> Result<E, Self> {
        match self.kept {
            Kept::Body(error) => Ok(error),
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

    /// The faults among what happened: of an enter that failed by one, and of exits that could not run.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        let lost = self.incidents.iter().filter_map(|incident| match incident {
            Incident::Lost(fault) => Some(fault),
            _ => None,
        });
        let going_on = matches!(self.kept, Kept::Nothing).then(|| self.raised());
        lost.chain(going_on).filter_map(Raised::native)
    }
}

/// What the body gave.
pub(crate) enum Ended<R, E> {
    Completed(R),
    Failed(E, Raised),
}

/// What a `with` comes to, where its body ended so, and its exits so.
pub(crate) fn conclude<R, E: Send + Sync + 'static>(
    body: Ended<R, E>,
    Ending { pending, incidents }: Ending,
) -> With<R, E> {
    let lost = incidents.iter().find_map(|incident| match incident {
        Incident::Lost(fault) => Some(fault.clone()),
        _ => None,
    });
    let (raised, kept) = match (body, pending, lost) {
        (Ended::Completed(result), None, None) => return Ok(Outcome::Completed(result)),
        (Ended::Failed(error, _), None, None) => return Ok(Outcome::Suppressed(error)),
        (Ended::Completed(result), None, Some(fault)) => (fault, Kept::Outcome(Outcome::Completed(result))),
        (Ended::Failed(error, _), None, Some(fault)) => (fault, Kept::Outcome(Outcome::Suppressed(error))),
        (Ended::Completed(_), Some(raised), _) => (raised, Kept::Nothing),
        (Ended::Failed(error, own), Some(raised), _) if raised.is_same(&own) => (raised, Kept::Body(error)),
        (Ended::Failed(error, own), Some(raised), _) => {
            own.set_native(error);
            (raised, Kept::Nothing)
        }
    };
    Err(Failure::new(raised, incidents, kept))
}

impl<R, E> fmt::Display for Failure<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.raised().fmt(f)?;
        for incident in &self.incidents {
            match incident {
                Incident::Lost(fault) if !fault.is_same(self.raised()) => {
                    write!(f, "; and a cleanup was lost: {fault}")?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl<R, E> fmt::Debug for Failure<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("raised", self.raised())
            .field("incidents", &self.incidents)
            .finish_non_exhaustive()
    }
}

impl<R, E> Error for Failure<R, E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.raised)
    }
}
