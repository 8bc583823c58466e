//! Scopes that were dropped in place of being exited: [`Leak`].

use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::fault::Fault;

/// A scope that was dropped in place of being exited, as those of an [`ExitStack`](crate::ExitStack) are that nobody
/// unwound.
///
/// Its exit ran all the same, with an error of kind `abandoned`; but later than meant, perhaps, and nobody was given what
/// came of it. [`Engine::leaks`](crate::Engine::leaks) has them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Leak {
    /// The manager whose scope it was.
    pub manager: String,
    /// The plugin that offers it.
    pub plugin: String,
    /// Where it was entered; of a [wrapped](crate::Manager::wrap) function, where that was made.
    pub entered_at: &'static Location<'static>,
    /// By what its exit was lost; `None`: it ran to its end.
    pub fault: Option<Fault>,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { manager, entered_at, fault, .. } = self;
        write!(f, "a scope of `{manager}`, entered at {entered_at}, was dropped in place of being exited")?;
        match fault {
            None => f.write_str("; its exit ran then"),
            Some(fault) => write!(f, ", and its exit was lost: {fault}"),
        }
    }
}

/// How many leaks are kept.
const KEPT: usize = 1000;

/// The leaks of an engine: nothing touches it as long as there is none.
#[derive(Default)]
pub(crate) struct Leaks(Mutex<Known>);

#[derive(Default)]
struct Known {
    count: u64,
    newest: VecDeque<Leak>,
}

impl Leaks {
    pub(crate) fn add(&self, leak: Leak) {
        tracing::warn!(
            manager = leak.manager,
            plugin = leak.plugin,
            entered_at = %leak.entered_at,
            "{leak}"
        );
        let mut known = self.known();
        known.count += 1;
        known.newest.push_back(leak);
        let forgotten = if known.newest.len() > KEPT { known.newest.pop_front() } else { None };
        drop(known);
        drop(forgotten);
    }

    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.known().count
    }

    /// The newest, the last one last.
    pub(crate) fn newest(&self) -> Vec<Leak> {
        self.known().newest.iter().cloned().collect()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_thousand_are_kept_and_all_are_counted() {
        let leaks = Leaks::default();
        for number in 0..1500 {
            let entered_at = Location::caller();
            leaks.add(Leak { manager: number.to_string(), plugin: String::new(), entered_at, fault: None });
        }
        let newest = leaks.newest();
        assert_eq!(leaks.count(), 1500);
        assert!(newest.iter().map(|leak| leak.manager.parse::<u32>().ok()).eq((500..1500).map(Some)));
    }
}
