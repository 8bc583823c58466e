//! What the host keeps in a store: [`State`].

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

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
}

/// How many handles a guest may leave open, of files, streams and errors: its C library keeps some for the standard streams and
/// the granted directories. One that leaves more is leaking them.
const LEFT_OPEN: usize = 64;

impl State {
    /// Makes the store ready for another scope; false where the last one left it in a state that is not to be passed on.
    pub(crate) fn renew(&mut self) -> bool {
        self.output.clear();
        self.used.renew()
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
