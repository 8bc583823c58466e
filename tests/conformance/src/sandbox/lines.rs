//! What scripted guests write, line by line: [`Lines`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Trace;

/// What scripted guests write: lines for the trace, in the order in which host and guests log.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    trace: Trace,
    /// What was written since the last end of a line.
    unfinished: Mutex<Vec<u8>>,
    second_yield: AtomicBool,
}

impl Lines {
    pub(super) fn trace(&self) -> &Trace {
        &self.0.trace
    }

    /// Whether a script came to a second yield: what follows is not what it says.
    pub(super) fn want_a_second_yield(&self) -> bool {
        self.0.second_yield.load(Ordering::Relaxed)
    }

    pub(super) fn take(&self, bytes: &[u8]) {
        let mut unfinished = self.0.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        unfinished.extend(bytes);
        while let Some(end) = unfinished.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = unfinished.drain(..=end).collect();
            self.line(&String::from_utf8_lossy(&line[..end]));
        }
    }

    fn line(&self, line: &str) {
        if line.starts_with('\0') {
            self.0.second_yield.store(true, Ordering::Relaxed);
        } else {
            self.0.trace.log(line);
        }
    }
}
