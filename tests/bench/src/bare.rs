//! The same calls without Ambit: Wasmtime's own bindings, and a store.
#![expect(missing_debug_implementations, reason = "nobody prints a store")]

use std::error::Error;

use wasmtime::component::{Component, HasSelf, Linker, Resource, ResourceTable};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "plugin",
        imports: { default: trappable },
        with: { "ambit:scope/errors.raised": super::Failed },
    });
}

use bindings::ambit::scope::errors;

/// The body's error, as any host of the contract has to keep it: a guest may ask for all of this.
#[derive(Debug)]
pub struct Failed {
    #[expect(dead_code, reason = "the guests that are measured do not ask")]
    kinds: Vec<String>,
    #[expect(dead_code, reason = "the guests that are measured do not ask")]
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
    pub fn new(guest: &str) -> wasmtime::Result<Self> {
        let mut pool = PoolingAllocationConfig::new();
        pool.linear_memory_keep_resident(512 << 10).table_keep_resident(16 << 10);
        pool.total_core_instances(10_000).total_tables(10_000).max_tables_per_module(4);
        pool.pagemap_scan(Enabled::Auto);
        let mut config = Config::new();
        config.epoch_interruption(true).concurrency_support(false).wasm_backtrace_max_frames(None);
        let on_demand = config.clone();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        // Some machines allow no pool, nor does valgrind; then neither side has one.
        let engine = Engine::new(&config).or_else(|_| Engine::new(&on_demand))?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
        errors::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
        let component = Component::from_file(&engine, guest)?;
        let pre = bindings::PluginPre::new(linker.instantiate_pre(&component)?)?;
        Ok(Self { engine, pre })
    }

    /// A fresh store, with an instance in it.
    ///
    /// # Errors
    /// Those of Wasmtime.
    pub fn instance(&self) -> wasmtime::Result<Instance> {
        let state = State { wasi: WasiCtx::builder().build(), table: ResourceTable::new() };
        let mut store = Store::new(&self.engine, state);
        store.set_epoch_deadline(u64::MAX >> 1);
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

impl errors::Host for State {}

/// The guests that are measured ask for none of this.
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
        wasmtime::bail!(NOT_ASKED)
    }
    fn kinds(&mut self, _: Resource<Failed>) -> wasmtime::Result<Vec<String>> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn message(&mut self, _: Resource<Failed>) -> wasmtime::Result<String> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn is_same(&mut self, _: Resource<Failed>, _: Resource<Failed>) -> wasmtime::Result<bool> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn members(&mut self, _: Resource<Failed>) -> wasmtime::Result<Vec<Resource<Failed>>> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn notes(&mut self, _: Resource<Failed>) -> wasmtime::Result<Vec<String>> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn add_note(&mut self, _: Resource<Failed>, _: String) -> wasmtime::Result<()> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn cause(&mut self, _: Resource<Failed>) -> wasmtime::Result<Option<Resource<Failed>>> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn set_cause(&mut self, _: Resource<Failed>, _: Option<Resource<Failed>>) -> wasmtime::Result<()> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn context(&mut self, _: Resource<Failed>) -> wasmtime::Result<Option<Resource<Failed>>> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn set_context(&mut self, _: Resource<Failed>, _: Option<Resource<Failed>>) -> wasmtime::Result<()> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn hides_context(&mut self, _: Resource<Failed>) -> wasmtime::Result<bool> {
        wasmtime::bail!(NOT_ASKED)
    }
    fn drop(&mut self, this: Resource<Failed>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}
