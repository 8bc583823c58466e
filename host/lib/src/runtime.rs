//! Wasmtime, as it is set up for scopes: [`Runtime`]. This is the only place that configures it.

use wasmtime::component::Linker;
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::bindings::v0_1;
use crate::state::State;
use crate::{checkpoints, phase, waiting};

/// Wasmtime with one way to give instances their memory, and what it offers to plugins.
pub(crate) struct Runtime {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) linker: Linker<State>,
}

/// How instances get their memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allocation {
    /// From a pool that is mapped once: a fresh store costs a fifth. A pool has an end, and some machines allow none.
    Pooled,
    /// Each mapped as it is made.
    OnDemand,
}

impl Runtime {
    /// Sets up Wasmtime. A guest's calls may take `stack` bytes of the host's stack.
    pub(crate) fn new(allocation: Allocation, stack: usize) -> wasmtime::Result<Self> {
        let mut config = config(stack);
        if allocation == Allocation::Pooled {
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
        }
        let wasmtime = wasmtime::Engine::new(&config)?;
        let mut linker = Linker::new(&wasmtime);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
        waiting::add_to_linker(&mut linker)?;
        v0_1::add_to_linker(&mut linker)?;
        checkpoints::add_to_linker(&mut linker)?;
        phase::add_to_linker(&mut linker)?;
        Ok(Self { wasmtime, linker })
    }

    /// Sets up Wasmtime for plugins whose managers await: each call costs more, and many may be in flight in one store.
    pub(crate) fn concurrent(stack: usize) -> wasmtime::Result<Self> {
        let mut config = config(stack);
        config
            .concurrency_support(true)
            .wasm_component_model_async(true)
            .async_stack_size(stack.saturating_add(HOST_STACK));
        let wasmtime = wasmtime::Engine::new(&config)?;
        let mut linker = Linker::new(&wasmtime);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        v0_1::add_to_linker(&mut linker)?;
        checkpoints::add_to_async_linker(&mut linker)?;
        phase::add_to_linker(&mut linker)?;
        Ok(Self { wasmtime, linker })
    }
}

/// How many bytes of a stack that a guest runs on are the host's imports'.
const HOST_STACK: usize = 1 << 20;

/// What holds for either way to allocate, so that code that was compiled for the one is good for the other.
fn config(stack: usize) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // Sync calls cost a third of what they do with it; ARCHITECTURE.md says what follows from that.
        .concurrency_support(false)
        .max_wasm_stack(stack)
        // A fault tells what the guest wrote; frames of a guest's code mean nothing to the host's user. Nor do tables of them, which
        // are a tenth of the compiled code.
        .wasm_backtrace_max_frames(None)
        .native_unwind_info(cfg!(windows))
        .generate_address_map(false);
    config
}

/// How many plugin instances the pool has room for. Beyond, they are allocated on demand.
const INSTANCES: u32 = 1000;

/// How much of an instance's memory stays with its place in the pool, and is cleared by hand: cheaper than to give it back to
/// the system, as measured.
const RESIDENT: usize = 512 << 10;

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES)
        .total_memories(INSTANCES)
        // A component of Rust has three modules and two tables, one of Python's some dozens.
        .total_core_instances(INSTANCES * 10)
        .total_tables(INSTANCES * 10)
        .max_tables_per_module(4)
        // Calls of sync components need no stacks of their own, and to map a thousand takes 3 ms.
        .total_stacks(0)
        .linear_memory_keep_resident(RESIDENT)
        .table_keep_resident(16 << 10)
        .max_unused_warm_slots(100)
        .pagemap_scan(Enabled::Auto);
    pool
}
