//! What the host keeps in a store: [`State`].

use std::panic::Location;
use std::sync::Arc;

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
    pub(crate) visit: Option<Visit>,
    /// What writes their checkpoints into the journal, if there is one.
    pub(crate) keeper: Option<Arc<Keeper>>,
}

/// What is known of a scope while its guest is called.
pub(crate) struct Visit {
    /// Its last checkpoint.
    pub(crate) left: Option<Left>,
    /// Where in the host's program it was entered.
    pub(crate) entered_at: &'static Location<'static>,
}

/// How many handles a guest may leave open, of files, streams and errors: its C library keeps some for the standard streams and
/// the granted directories. One that leaves more is leaking them.
const LEFT_OPEN: usize = 64;

impl State {
    /// Begins a call for a scope.
    pub(crate) fn begin(&mut self, visit: &mut Visit) {
        self.output.clear();
        self.used.begin();
        self.visit = Some(Visit { left: visit.left.take(), ..*visit });
    }

    /// Ends it.
    pub(crate) fn end(&mut self, visit: &mut Visit) {
        visit.left = self.visit.take().and_then(|visit| visit.left);
    }

    /// Whether the guest leaks handles. This takes a look at each.
    pub(crate) fn leaks(&mut self) -> bool {
        self.table.iter_mut().take(LEFT_OPEN + 1).count() > LEFT_OPEN
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
