//! What benchmarks share: the same component, driven by bare Wasmtime calls and by Ambit.

pub mod bare;

use std::path::Path;

use ambit::{Cache, Engine, Manager};

/// A manager of a guest, as a host author would get it.
///
/// # Panics
/// Where the guest cannot be loaded: benchmarks have no other way to say so.
#[must_use]
pub fn manager(guest: impl AsRef<Path>, name: &str, cache: Cache) -> Manager {
    let engine = Engine::builder().cache(cache).build().expect("an engine");
    let plugin = engine.load(guest).expect("the guest is a plugin");
    plugin.manager(name).expect("the guest offers it")
}
