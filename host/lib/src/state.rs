//! What the host keeps in a store: [`State`].

use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::checkpoints::{Keeper, Left};
use crate::deadline::Deadline;
use crate::limits::Used;
use crate::output::Output;

/// What the host keeps in a store.
pub(crate) struct State {
    pub(crate) wasi: WasiCtx,
    pub(crate) table: ResourceTable,
    pub(crate) used: Used,
    pub(crate) output: Output,
    /// When the time of the phase is over.
    pub(crate) deadline: Deadline,
    /// The scope whose enter or exit runs.
    pub(crate) visit: Visited,
    /// What writes their checkpoints into the journal, if there is one.
    pub(crate) keeper: Option<Arc<Keeper>>,
    /// Whether its plugin offers a recovery: one that does not leaves no checkpoints.
    pub(crate) recovers: bool,
    /// Whether it was granted directories: what is asked of the system for a file can take for ever.
    pub(crate) reaches_files: bool,
    /// Whether nobody waits for the guest any more, since the system held it up for too long.
    pub(crate) given_up: Arc<AtomicBool>,
}

/// What is known of a scope while its guest is called.
pub(crate) struct Visit {
    /// Its last checkpoint.
    pub(crate) left: Option<Box<Left>>,
    /// Where in the host's program it was entered.
    pub(crate) entered_at: &'static Location<'static>,
}

impl Visit {
    /// Leaves no checkpoint here.
    pub(crate) fn take(&mut self) -> Self {
        Self { left: self.left.take(), ..*self }
    }
}

/// Where the guest finds the scope that it is called for.
#[derive(Default)]
pub(crate) enum Visited {
    /// There is none.
    #[default]
    Nobody,
    /// Here.
    Own(Visit),
    /// With who waits for the call, and takes it back where it gives the call up.
    Watched(Arc<Mutex<Option<Visit>>>),
}

impl Visited {
    /// Has the scope here while its guest runs.
    pub(crate) fn set(&mut self, visit: &mut Visit) {
        match self {
            Self::Own(visited) => *visited = visit.take(),
            Self::Nobody | Self::Watched(_) => *self = Self::Own(visit.take()),
        }
    }

    /// Gives back what was [set](Self::set), with what the guest has left.
    pub(crate) fn give_back(&mut self, visit: &mut Visit) {
        if let Self::Own(visited) = self {
            visit.left = visited.left.take();
        }
    }

    /// Does this with the scope, if there is one.
    pub(crate) fn with<T>(&mut self, work: impl FnOnce(Option<&mut Visit>) -> T) -> T {
        match self {
            Self::Nobody => work(None),
            Self::Own(visit) => work(Some(visit)),
            Self::Watched(visit) => work(visit.lock().unwrap_or_else(PoisonError::into_inner).as_mut()),
        }
    }
}

/// How many handles a guest may leave open, of files, streams and errors: its C library keeps some for the standard streams and
/// the granted directories. One that leaves more is leaking them.
const LEFT_OPEN: usize = 64;

impl State {
    /// Begins a call that may take so many [`ticks`](crate::deadline::ticks).
    pub(crate) fn begin(&mut self, ticks: u64) {
        self.output.clear();
        self.used.begin();
        self.deadline.begin(ticks);
    }

    /// What every import begins with: a guest that was given up has no handles any more. It must not do what nobody knows of, in
    /// the moment until it sees that its time is over.
    pub(crate) fn begin_import(&mut self) {
        if self.given_up.load(Ordering::Acquire) {
            self.table = ResourceTable::new();
            self.table.set_max_capacity(0);
        }
    }

    /// Whether the guest leaks handles. This takes a look at each.
    pub(crate) fn leaks(&mut self) -> bool {
        self.table.iter_mut().take(LEFT_OPEN + 1).count() > LEFT_OPEN
    }

    /// Whether the guest holds more than half of the handles that it may, for its live scopes or by leaking. This takes a
    /// look at each.
    pub(crate) fn is_half_full(&mut self) -> bool {
        let half = self.used.limits().handles / 2;
        self.table.iter_mut().take(half + 1).count() > half
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.begin_import();
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

#[cfg(test)]
mod tests {
    use ambit_core::{Family, Raised};

    use super::*;
    use crate::deadline::Clock;
    use crate::isolation::Terms;

    #[test]
    fn an_import_of_a_guest_that_was_given_up_finds_no_handle_and_gets_none() {
        let clock = Clock::start().unwrap();
        let mut store = Terms::default().store(&clock, &wasmtime::Engine::default(), 0);
        let state = store.data_mut();
        let raised = Raised::new(Family::Error, ["kind"], "message");
        let handle = state.table.push(raised.clone()).unwrap();
        assert!(state.ctx().table.get(&handle).is_ok());
        state.given_up.store(true, Ordering::Release);
        let WasiCtxView { table, .. } = state.ctx();
        assert!(table.get(&handle).is_err());
        assert!(table.push(raised).is_err());
    }
}
