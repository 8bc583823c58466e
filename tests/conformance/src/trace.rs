//! What was logged, in order: [`Trace`].

use std::sync::{Arc, Mutex, PoisonError};

/// What was logged, in order. A clone logs to the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<String>>>);

impl Trace {
    /// Appends a line.
    pub(crate) fn log(&self, line: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.into());
    }

    /// The lines so far.
    #[must_use]
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
