//! What of an engine goes on whoever waits for it: [`Settling`].

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use slab::Slab;
use tokio::sync::Notify;

use crate::fault::Phase;
use crate::manager::Manager;

/// An enter or an exit that has not come to its end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Unsettled {
    /// The manager whose scope it is.
    pub manager: String,
    /// The plugin that offers it.
    pub plugin: String,
    /// What it does.
    pub phase: Phase,
    /// Where it was entered.
    pub entered_at: &'static Location<'static>,
}

impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { manager, phase, entered_at, .. } = self;
        write!(f, "the {phase} of a scope of `{manager}`, entered at {entered_at}, has not come to its end")
    }
}

/// The enters and exits of an engine that go on whoever waits for them.
#[derive(Default)]
pub(crate) struct Settling(Arc<Inner>);

#[derive(Default)]
struct Inner {
    known: Mutex<Slab<Listed>>,
    settled: Notify,
}

struct Listed {
    manager: Manager,
    phase: Phase,
    entered_at: &'static Location<'static>,
}

/// That one goes on, until this is dropped.
pub(crate) struct Settles {
    settling: Arc<Inner>,
    number: usize,
}

impl Settling {
    pub(crate) fn begin(
        &self,
        manager: &Manager,
        phase: Phase,
        entered_at: &'static Location<'static>,
    ) -> Settles {
        let number = self.0.known().insert(Listed { manager: manager.clone(), phase, entered_at });
        Settles { settling: self.0.clone(), number }
    }

    /// Those that go on now.
    pub(crate) fn unsettled(&self) -> Vec<Unsettled> {
        let listed = |Listed { manager, phase, entered_at }: &Listed| Unsettled {
            manager: manager.name().to_owned(),
            plugin: manager.plugin().name().to_owned(),
            phase: *phase,
            entered_at,
        };
        self.0.known().iter().map(|(_, each)| listed(each)).collect()
    }

    /// Waits until none goes on.
    pub(crate) async fn settled(&self) {
        loop {
            let settled = self.0.settled.notified();
            let mut settled = std::pin::pin!(settled);
            // First say that it waits, then look: what ends in between is seen or tells.
            settled.as_mut().enable();
            if self.0.known().is_empty() {
                return;
            }
            settled.await;
        }
    }
}

impl Inner {
    fn known(&self) -> MutexGuard<'_, Slab<Listed>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Settles {
    fn drop(&mut self) {
        let mut known = self.settling.known();
        let ended = known.try_remove(self.number);
        let settled = known.is_empty();
        drop(known);
        // The manager may be the last to hold its engine.
        drop(ended);
        if settled {
            self.settling.settled.notify_waiters();
        }
    }
}
