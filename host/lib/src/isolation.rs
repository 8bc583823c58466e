//! Which store a scope gets: the one place for that policy.
//!
//! Each live scope has a store of its own, made for it and dropped with it. So what traps, leaks or is spent in one scope
//! cannot reach another.

use ambit_core::Raised;
use wasmtime::Store;
use wasmtime::component::ResourceTable;

use crate::bindings::v0_1;
use crate::fault::{Fault, FaultKind, Phase};
use crate::grants::Rights;
use crate::limits::{Limits, Used};
use crate::output::{Listener, Output};
use crate::plugin::Plugin;
use crate::state::State;

/// A store with the plugin's instance in it, ready for one scope.
pub(crate) struct Place {
    pub(crate) store: Store<State>,
    pub(crate) instance: v0_1::Plugin,
}

/// What a scope may do and use.
#[derive(Clone, Default)]
pub(crate) struct Terms {
    pub(crate) rights: Rights,
    pub(crate) limits: Limits,
    pub(crate) listener: Option<Listener>,
}

/// A place for a scope of `manager`. To make the instance is part of enter, and under its budget.
pub(crate) fn place(plugin: &Plugin, manager: &str, terms: &Terms) -> Result<Place, Raised> {
    let mut store = store(plugin, terms);
    crate::scope::arm(&mut store, terms.limits.enter);
    let _watch = plugin.engine().clock().watch();
    match plugin.pre().instantiate(&mut store) {
        Ok(instance) => Ok(Place { store, instance }),
        Err(error) if error.is::<wasmtime::Trap>() => {
            Err(Fault::of_call(manager, Phase::Enter, &error, store.data()).raise())
        }
        Err(error) => {
            let reason = format!("its store cannot be made: {}", error.root_cause());
            Err(Fault::new(manager, Phase::Enter, FaultKind::Store, reason).raise())
        }
    }
}

pub(crate) fn store(plugin: &Plugin, terms: &Terms) -> Store<State> {
    let output = Output::new(terms.listener.clone());
    let state = State {
        wasi: terms.rights.context(&output),
        table: ResourceTable::new(),
        used: Used::new(terms.limits),
        output,
        deadline: None,
    };
    let mut store = Store::new(plugin.engine().wasmtime(), state);
    store.limiter(|state| &mut state.used);
    store
}
