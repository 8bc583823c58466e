//! The same calls without Ambit: Wasmtime's own bindings, and a store.
#![expect(missing_debug_implementations, reason = "nobody prints a store")]

use std::error::Error;
use std::path::Path;

use wasmtime::component::{Component, HasSelf, Linker, Resource, ResourceTable};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, ResourceLimiter, Store,
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

pub mod concurrent;

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "plugin",
        imports: { default: trappable },
        with: { "ambit:scope/errors.raised": super::Failed },
    });
}

use bindings::ambit::scope::{checkpoints, errors, phase};

/// The body's error, as any host of the contract has to keep it: a guest may ask for all of this.
#[derive(Clone, Debug)]
pub struct Failed {
    kinds: Vec<String>,
    message: String,
}

impl Failed {
    fn new<E: Error>(error: &E) -> Self {
        let kinds = vec![format!("rust:{}", std::any::type_name::<E>()), "not-found".to_owned()];
        Self { kinds, message: error.to_string() }
    }
}

/// A component that can be instantiated.
pub struct Bare {
    engine: Engine,
    pre: bindings::PluginPre<State>,
}

/// A store with an instance in it.
pub struct Instance {
    store: Store<State>,
    plugin: bindings::Plugin,
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    memory: Memory,
}

/// How much memory the instance has.
#[derive(Default)]
struct Memory(usize);

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.0 += desired - current;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl Bare {
    /// Compiles a guest, with the settings that Ambit uses, for the same pool.
    ///
    /// # Errors
    /// Those of Wasmtime.
    pub fn new(guest: impl AsRef<Path>) -> wasmtime::Result<Self> {
        let mut pool = PoolingAllocationConfig::new();
        pool.linear_memory_keep_resident(512 << 10).table_keep_resident(16 << 10);
        pool.total_core_instances(10_000).total_tables(10_000).max_tables_per_module(4).total_stacks(0);
        pool.pagemap_scan(Enabled::Auto);
        let mut config = Config::new();
        config.epoch_interruption(true).concurrency_support(false).wasm_backtrace_max_frames(None);
        config.native_unwind_info(cfg!(windows)).generate_address_map(false);
        let on_demand = config.clone();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        // Some machines allow no pool, nor does valgrind; then neither side has one.
        let engine = Engine::new(&config).or_else(|_| Engine::new(&on_demand))?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
        errors::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
        checkpoints::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
        phase::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
        let component = Component::from_file(&engine, guest)?;
        let pre = bindings::PluginPre::new(linker.instantiate_pre(&component)?)?;
        Ok(Self { engine, pre })
    }

    /// A fresh store, with an instance in it.
    ///
    /// # Errors
    /// Those of Wasmtime.
    pub fn instance(&self) -> wasmtime::Result<Instance> {
        let state = State {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
            memory: Memory::default(),
        };
        let mut store = Store::new(&self.engine, state);
        store.set_epoch_deadline(u64::MAX >> 1);
        store.limiter(|state| &mut state.memory);
        let plugin = self.pre.instantiate(&mut store)?;
        Ok(Instance { store, plugin })
    }
}

impl Instance {
    /// Enters and exits one scope: the calls, and nothing else.
    ///
    /// # Errors
    /// Those of Wasmtime, such as a trap.
    ///
    /// # Panics
    /// Where the guest's enter raises, which those used here do not.
    pub fn scope<E: Error>(
        &mut self,
        manager: &str,
        inputs: &str,
        failure: Option<E>,
    ) -> wasmtime::Result<bool> {
        let Self { store, plugin } = self;
        let scopes = plugin.ambit_scope_managers().scope();
        let entered = scopes.call_enter(&mut *store, manager, inputs)?;
        let (scope, _value) = entered.unwrap_or_else(|_| panic!("{manager} does not raise in its enter"));
        let failure = match &failure {
            Some(error) => Some(store.data_mut().table.push(Failed::new(error))?),
            None => None,
        };
        let answer = scopes.call_exit(&mut *store, scope, failure)?;
        let reraised = match answer {
            Ok(()) => false,
            Err(handle) => store.data_mut().table.delete(handle).map(|_| true)?,
        };
        scope.resource_drop(store)?;
        Ok(reraised)
    }
}

impl Instance {
    /// How many bytes of memory the guest has.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.store.data().memory.0
    }
}

impl State {
    fn failed(&self, this: &Resource<Failed>) -> wasmtime::Result<&Failed> {
        Ok(self.table.get(this)?)
    }
}

impl phase::Host for State {
    fn time_left(&mut self) -> wasmtime::Result<u64> {
        Ok(u64::MAX)
    }

    fn is_cancelled(&mut self) -> wasmtime::Result<bool> {
        Ok(false)
    }
}

impl checkpoints::Host for State {
    fn leave(&mut self, _: String) -> wasmtime::Result<Result<(), Resource<Failed>>> {
        Ok(Ok(()))
    }
}

impl errors::Host for State {}

/// The guests that are measured ask what the body's error is, and make none.
const NOT_ASKED: &str = "the benchmark's guest should not call this";

impl errors::HostRaised for State {
    fn new(&mut self, kinds: Vec<String>, message: String) -> wasmtime::Result<Resource<Failed>> {
        Ok(self.table.push(Failed { kinds, message })?)
    }
    fn broken(&mut self, _: String) -> wasmtime::Result<Resource<Failed>> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn group(
        &mut self,
        _: Vec<String>,
        _: String,
        _: Vec<Resource<Failed>>,
    ) -> wasmtime::Result<Resource<Failed>> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn family(&mut self, _: Resource<Failed>) -> wasmtime::Result<String> {
        Ok("error".to_owned())
    }
    fn kinds(&mut self, this: Resource<Failed>) -> wasmtime::Result<Vec<String>> {
        Ok(self.failed(&this)?.kinds.clone())
    }
    fn message(&mut self, this: Resource<Failed>) -> wasmtime::Result<String> {
        Ok(self.failed(&this)?.message.clone())
    }
    fn is_same(&mut self, one: Resource<Failed>, other: Resource<Failed>) -> wasmtime::Result<bool> {
        Ok(one.rep() == other.rep())
    }
    fn members(&mut self, _: Resource<Failed>) -> wasmtime::Result<Vec<Resource<Failed>>> {
        Ok(Vec::new())
    }
    fn notes(&mut self, _: Resource<Failed>) -> wasmtime::Result<Vec<String>> {
        Ok(Vec::new())
    }
    fn add_note(&mut self, _: Resource<Failed>, _: String) -> wasmtime::Result<()> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn cause(&mut self, _: Resource<Failed>) -> wasmtime::Result<Option<Resource<Failed>>> {
        Ok(None)
    }
    fn set_cause(&mut self, _: Resource<Failed>, _: Option<Resource<Failed>>) -> wasmtime::Result<()> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn context(&mut self, _: Resource<Failed>) -> wasmtime::Result<Option<Resource<Failed>>> {
        Ok(None)
    }
    fn set_context(&mut self, _: Resource<Failed>, _: Option<Resource<Failed>>) -> wasmtime::Result<()> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn hides_context(&mut self, _: Resource<Failed>) -> wasmtime::Result<bool> {
        Ok(false)
    }
    fn drop(&mut self, this: Resource<Failed>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}
