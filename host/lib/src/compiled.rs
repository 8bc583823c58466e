//! A plugin's compiled code: [`Compiled`].

use wasmtime::component::Component;

use crate::binary::Binary;
use crate::cache::{self, Opened};
use crate::engine::Engine;
use crate::runtime::{Allocation, Runtime};

/// A plugin's compiled code, for what it runs on first.
pub(crate) struct Compiled {
    pub(crate) component: Component,
    on: On,
}

/// What a plugin runs on first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    /// Where calls are quick.
    Sync(Allocation),
    /// Where many may be in flight.
    Concurrent,
}

impl Compiled {
    /// Compiles a component, or takes its code from the cache.
    pub(crate) fn compile(engine: &Engine, binary: &Binary) -> wasmtime::Result<Self> {
        if let Some(Runtime { wasmtime, .. }) = engine.pooled() {
            match compile(engine.cache(), wasmtime, binary) {
                Ok(component) => return Ok(Self { component, on: On::Sync(Allocation::Pooled) }),
                // Nothing is wrong with a component that asks for more than the pool has in one place.
                Err(error) => tracing::debug!(%error, "a component is not compiled for the pool"),
            }
        }
        let error = match compile(engine.cache(), &engine.on_demand()?.wasmtime, binary) {
            Ok(component) => return Ok(Self { component, on: On::Sync(Allocation::OnDemand) }),
            Err(error) => error,
        };
        // Nor with one whose managers await: there it is valid.
        match compile(engine.cache(), &engine.concurrent()?.wasmtime, binary) {
            Ok(component) => Ok(Self { component, on: On::Concurrent }),
            Err(_) => Err(error),
        }
    }

    /// Whether it runs where many calls may be in flight, and not elsewhere.
    pub(crate) fn is_concurrent(&self) -> bool {
        self.on == On::Concurrent
    }

    /// What it runs on first.
    pub(crate) fn runtime<'e>(&self, engine: &'e Engine) -> wasmtime::Result<&'e Runtime> {
        match (self.on, engine.pooled()) {
            (On::Sync(Allocation::Pooled), Some(pooled)) => Ok(pooled),
            (On::Sync(_), _) => engine.on_demand(),
            (On::Concurrent, _) => engine.concurrent(),
        }
    }

    /// The same code, to run where memory is mapped as it is needed.
    pub(crate) fn on_demand(&self, engine: &Engine) -> wasmtime::Result<Component> {
        match self.on {
            On::Sync(Allocation::OnDemand) | On::Concurrent => Ok(self.component.clone()),
            On::Sync(Allocation::Pooled) => cache::copy(&engine.on_demand()?.wasmtime, &self.component),
        }
    }
}

fn compile(
    cache: Option<&Opened>,
    wasmtime: &wasmtime::Engine,
    binary: &Binary,
) -> wasmtime::Result<Component> {
    if let Some(component) = cache.and_then(|cache| cache.get(wasmtime, binary)) {
        return Ok(component);
    }
    let component = Component::from_binary(wasmtime, &binary.bytes()?)?;
    if let Some(cache) = cache {
        cache.put(wasmtime, binary, &component);
    }
    Ok(component)
}
