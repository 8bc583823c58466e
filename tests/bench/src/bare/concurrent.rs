//! The same for managers that await: many calls in flight in one store, and nothing else.

use futures::future::try_join_all;
use tokio::sync::Barrier;
use wasmtime::component::{Component, HasSelf, Linker, Resource, ResourceAny, ResourceTable, TypedFunc};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::WasiCtx;

use super::bindings::ambit::scope::{checkpoints, errors, phase};
use super::{Failed, Memory, State};

type Entered = Result<(ResourceAny, String), Resource<Failed>>;
type Exited = Result<(), Resource<Failed>>;

/// A store with an instance of a guest that awaits.
pub struct Concurrent {
    store: Store<State>,
    enter: TypedFunc<(String, String), (Entered,)>,
    exit: TypedFunc<(ResourceAny, Option<Resource<Failed>>), (Exited,)>,
}

impl Concurrent {
    /// Compiles and instantiates a guest, with the settings that Ambit uses.
    ///
    /// # Errors
    /// Those of Wasmtime.
    pub async fn new(guest: &str) -> wasmtime::Result<Self> {
        let mut config = Config::new();
        config.epoch_interruption(true).wasm_component_model_async(true).wasm_backtrace_max_frames(None);
        let engine = Engine::new(&config)?;
        let component = Component::from_file(&engine, guest)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        errors::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
        checkpoints::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
        phase::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
        let state = State {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
            memory: Memory::default(),
        };
        let mut store = Store::new(&engine, state);
        store.set_epoch_deadline(u64::MAX >> 1);
        let instance = linker.instantiate_async(&mut store, &component).await?;
        let managers = component.get_export_index(None, "ambit:scope-async/managers@0.1.0");
        let function = |name| component.get_export_index(managers.as_ref(), name);
        let missing = || wasmtime::format_err!("it is no plugin that awaits");
        let enter = function("[static]scope.enter").ok_or_else(missing)?;
        let exit = function("[static]scope.exit").ok_or_else(missing)?;
        let enter = instance.get_typed_func(&mut store, enter)?;
        let exit = instance.get_typed_func(&mut store, exit)?;
        Ok(Self { store, enter, exit })
    }

    /// Enters so many scopes at once, and exits each once all are in flight.
    ///
    /// # Errors
    /// Those of Wasmtime, such as a trap.
    ///
    /// # Panics
    /// Where the guest's enter raises, which those used here do not.
    pub async fn scopes(&mut self, manager: &str, count: usize) -> wasmtime::Result<()> {
        let Self { store, enter, exit } = self;
        let (enter, exit) = (*enter, *exit);
        let all_are_there = Barrier::new(count);
        store
            .run_concurrent(async |accessor| {
                let scope = async || {
                    let inputs = (manager.to_owned(), "{}".to_owned());
                    let (entered,) = enter.call_concurrent(accessor, inputs).await?;
                    let (scope, _value) = entered.unwrap_or_else(|_| panic!("{manager} does not raise"));
                    all_are_there.wait().await;
                    let (exited,) = exit.call_concurrent(accessor, (scope, None)).await?;
                    assert!(exited.is_ok(), "{manager} does not raise");
                    Ok::<_, wasmtime::Error>(())
                };
                try_join_all((0..count).map(|_| scope())).await
            })
            .await?
            .map(drop)
    }
}
