//! Wasmtime, set up for scopes: [`Engine`].

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wasmtime::Config;
use wasmtime::component::{Component, Linker};

use crate::bindings::v0_1;
use crate::cache::{Cache, Opened};
use crate::deadline::Clock;
use crate::error::{Error, ErrorKind};
use crate::leak::{Leak, Leaks};
use crate::plugin::Plugin;
use crate::state::State;
use crate::waiting;

/// Wasmtime, set up for scopes. A clone is a second handle of the same.
///
/// A process needs one. It keeps a thread that measures budgets, which sleeps while no guest runs.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    wasmtime: wasmtime::Engine,
    linker: Linker<State>,
    clock: Clock,
    cache: Option<Opened>,
    /// Folders of compiled code, which no plugin is granted.
    reserved: Vec<PathBuf>,
    cache_problem: Option<String>,
    leaks: Leaks,
}

/// Settings of an [`Engine`], from [`Engine::builder`].
#[derive(Clone, Debug, Default)]
#[must_use = "nothing happens until build()"]
pub struct EngineBuilder {
    cache: Cache,
}

impl EngineBuilder {
    /// Where compiled code is kept; by default in the user's cache folder.
    pub fn cache(self, cache: Cache) -> Self {
        Self { cache }
    }

    /// Sets up Wasmtime.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`], where this machine cannot run it. A cache that cannot be used is no error: see
    /// [`Engine::cache_problem`].
    pub fn build(self) -> Result<Engine, Error> {
        let failed = |error: wasmtime::Error| {
            Error::new(ErrorKind::Engine, format!("Wasmtime cannot be set up here: {}", error.root_cause()))
                .with_source(error)
        };
        let wasmtime = wasmtime::Engine::new(&config()).map_err(failed)?;
        let mut linker = Linker::new(&wasmtime);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker).map_err(failed)?;
        waiting::add_to_linker(&mut linker).map_err(failed)?;
        v0_1::add_to_linker(&mut linker).map_err(failed)?;
        let clock = Clock::start(wasmtime.clone()).map_err(|error| failed(error.into()))?;
        let (cache, cache_problem) = match self.cache.open() {
            Ok(cache) => (cache, None),
            Err(problem) => (None, Some(problem)),
        };
        if let Some(problem) = &cache_problem {
            tracing::warn!(problem, "compiled code is not cached");
        }
        // Those that are there by now.
        let reserved = self.cache.folders();
        Ok(Engine(Arc::new(Inner {
            wasmtime,
            linker,
            clock,
            cache,
            reserved,
            cache_problem,
            leaks: Leaks::default(),
        })))
    }
}

/// The only place that configures Wasmtime.
fn config() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // Sync calls cost a third of what they do with it; ARCHITECTURE.md says what follows from that.
        .concurrency_support(false)
        // A fault tells what the guest wrote; frames of a guest's code mean nothing to the host's user.
        .wasm_backtrace_max_frames(None);
    config
}

impl Engine {
    /// An engine with the default settings.
    ///
    /// # Errors
    /// As [`EngineBuilder::build`].
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Settings for an engine.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// Loads a plugin from a file: compiles it, or takes its code from the cache, and asks it what it offers.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`], and all of [`load_bytes`](Self::load_bytes).
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Plugin, Error> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| {
            Error::new(
                ErrorKind::Unreadable,
                format!("the plugin `{}` cannot be read: {error}", path.display()),
            )
            .with_source(error)
        })?;
        self.load_bytes(path.display().to_string(), &bytes)
    }

    /// Loads a plugin from the bytes of a component. `name` is how errors and traces call it.
    ///
    /// # Errors
    /// [`ErrorKind::NotAComponent`], [`ErrorKind::CoreModule`], [`ErrorKind::WrongWorld`], [`ErrorKind::WrongVersion`] or
    /// [`ErrorKind::Describe`].
    pub fn load_bytes(&self, name: impl Into<String>, bytes: &[u8]) -> Result<Plugin, Error> {
        let name = name.into();
        check_form(&name, bytes)?;
        let engine = self.wasmtime();
        let cached = self.0.cache.as_ref().and_then(|cache| cache.get(engine, bytes));
        let component = match cached {
            Some(component) => component,
            None => {
                let component = Component::from_binary(engine, bytes).map_err(|error| {
                    let why = error.root_cause();
                    let message = format!("`{name}` is no valid WebAssembly component: {why}");
                    Error::new(ErrorKind::NotAComponent, message).with_source(error)
                })?;
                if let Some(cache) = &self.0.cache {
                    cache.put(engine, bytes, &component);
                }
                component
            }
        };
        Plugin::new(self.clone(), name, &component, bytes.len() as u64)
    }

    /// Why compiled code is not cached, where it was to be.
    #[must_use]
    pub fn cache_problem(&self) -> Option<&str> {
        self.0.cache_problem.as_deref()
    }

    /// The folder of compiled code that lies in this directory, if one does. A plugin that may write in the directory may
    /// change what later engines run: grant it only to those that you trust as you trust your own programs.
    #[must_use]
    pub fn cache_in(&self, directory: impl AsRef<Path>) -> Option<&Path> {
        let directory = directory.as_ref().canonicalize().ok()?;
        self.reserved().iter().find(|folder| folder.starts_with(&directory)).map(PathBuf::as_path)
    }

    /// The scopes of its plugins that were dropped in place of being exited, the last one last. The newest 1,000 are kept;
    /// [`leak_count`](Self::leak_count) counts all. Each is also told as it happens, as a warning by [`tracing`].
    #[must_use]
    pub fn leaks(&self) -> Vec<Leak> {
        self.0.leaks.newest()
    }

    /// How many scopes of its plugins were dropped in place of being exited.
    #[must_use]
    pub fn leak_count(&self) -> u64 {
        self.0.leaks.count()
    }

    pub(crate) fn leaked(&self, leak: Leak) {
        self.0.leaks.add(leak);
    }

    pub(crate) fn reserved(&self) -> &[PathBuf] {
        &self.0.reserved
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.0.wasmtime
    }

    pub(crate) fn linker(&self) -> &Linker<State> {
        &self.0.linker
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }
}

/// Tells a component by its first eight bytes: the magic number, the version, and the layer.
fn check_form(name: &str, bytes: &[u8]) -> Result<(), Error> {
    match bytes {
        [b'\0', b'a', b's', b'm', _, _, 1, 0, ..] => Ok(()),
        [b'\0', b'a', b's', b'm', _, _, 0, 0, ..] => {
            Err(Error::new(ErrorKind::CoreModule, format!("`{name}` is a core WebAssembly module, not a component"))
                .with_help("build it with `cargo build --target wasm32-wasip2`, or make a component of it with `wasm-tools component new`"))
        }
        _ => Err(Error::new(ErrorKind::NotAComponent, format!("`{name}` is no WebAssembly component"))
            .with_help("a plugin is a .wasm file, as `cargo build --target wasm32-wasip2` makes it")),
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("cache", &self.0.cache).finish_non_exhaustive()
    }
}
