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

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
