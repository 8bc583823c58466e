//! Wasmtime, set up for scopes: [`Engine`].

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::binary::Binary;
use crate::cache::{Cache, Opened};
use crate::cancel;
use crate::compiled::Compiled;
use crate::deadline::Clock;
use crate::error::{Error, ErrorKind};
use crate::journal::{self, Journal};
use crate::leak::{Leak, Leaks};
use crate::limits::Limits;
use crate::output::Listener;
use crate::plugin::Plugin;
use crate::runtime::{Allocation, Runtime};
use crate::settling::{Settling, Unsettled};

/// Wasmtime, set up for scopes. A clone is a second handle of the same.
///
/// A process needs one. It keeps a thread that measures budgets, which sleeps while no guest runs.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    /// What plugins run on first, if this machine allows a pool.
    pooled: Option<Runtime>,
    /// What they run on where there is no room in the pool, or none that is large enough. The first use makes it.
    on_demand: OnceLock<Runtime>,
    /// What those run on whose managers await. The first that is loaded makes it.
    concurrent: OnceLock<Runtime>,
    stack: usize,
    clock: Clock,
    /// Those of a plugin that is loaded.
    limits: Limits,
    /// Who is told what recoveries write.
    listener: Option<Listener>,
    cache: Option<Opened>,
    /// Folders of compiled code and of journals, which no plugin is granted.
    reserved: Vec<PathBuf>,
    cache_problem: Option<String>,
    journal: Option<Arc<journal::Opened>>,
    leaks: Leaks,
    settling: Settling,
}

/// Settings of an [`Engine`], from [`Engine::builder`].
#[derive(Clone)]
#[must_use = "nothing happens until build()"]
pub struct EngineBuilder {
    cache: Cache,
    journal: Journal,
    stack: usize,
    pool: bool,
    limits: Limits,
    listener: Option<Listener>,
}

impl Default for EngineBuilder {
    fn default() -> Self {
        Self {
            cache: Cache::default(),
            journal: Journal::default(),
            stack: 512 << 10,
            pool: true,
            limits: Limits::default(),
            listener: None,
        }
    }
}

impl EngineBuilder {
    /// Where compiled code is kept; by default in the user's cache folder.
    pub fn cache(self, cache: Cache) -> Self {
        Self { cache, ..self }
    }

    /// Where checkpoints are kept, so that what scopes held can be recovered when this process is gone; nowhere by default.
    pub fn journal(self, journal: Journal) -> Self {
        Self { journal, ..self }
    }

    /// How many bytes of the stack the calls of a guest may take, 512 KiB by default. A thread that enters or exits scopes needs
    /// as many, beside its own, unless the plugin runs on [another](crate::Manager::with).
    pub fn stack(self, stack: usize) -> Self {
        Self { stack, ..self }
    }

    /// Whether instances are taken from a pool, as they are by default: a fresh store then costs a fifth of one whose memory
    /// is mapped for it. The pool reserves addresses, some 4 TiB, and no memory; where the machine does not allow that, or
    /// all of the pool is in use, or a plugin does not fit, memory is mapped as it is needed.
    pub fn pool(self, pool: bool) -> Self {
        Self { pool, ..self }
    }

    /// How much a plugin may use while it is loaded: it is instantiated then, and asked what it offers, within the budget of
    /// enter. Its scopes have the limits of their [manager](crate::Manager::limits).
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Passes on what plugins write on their stdout and stderr while no manager of theirs is called: as they release what is
    /// in the [journal](Self::journal). A panic of `listener` is not passed on.
    pub fn output(self, listener: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Arc::new(listener)), ..self }
    }

    /// Sets up Wasmtime.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`], where this machine cannot run it; [`ErrorKind::Journal`], where the journal's folder cannot be used.
    /// A cache that cannot be used is no error: see
    /// [`Engine::cache_problem`].
    pub fn build(self) -> Result<Engine, Error> {
        let pooled = self.pool.then(|| Runtime::new(Allocation::Pooled, self.stack));
        let (pooled, on_demand) = match pooled {
            Some(Ok(pooled)) => (Some(pooled), None),
            without => {
                if let Some(Err(error)) = without {
                    tracing::debug!(%error, "this machine allows no pool of instances");
                }
                (None, Some(Runtime::new(Allocation::OnDemand, self.stack).map_err(not_set_up)?))
            }
        };
        let clock = Clock::start().map_err(|error| not_set_up(error.into()))?;
        for runtime in pooled.iter().chain(&on_demand) {
            clock.drive(&runtime.wasmtime);
        }
        let on_demand = on_demand.map_or_else(OnceLock::new, OnceLock::from);
        let (cache, cache_problem) = match self.cache.open() {
            Ok(cache) => (cache, None),
            Err(problem) => (None, Some(problem)),
        };
        if let Some(problem) = &cache_problem {
            tracing::warn!(problem, "compiled code is not cached");
        }
        // Those that are there by now.
        let journal = self.journal.open().map_err(|problem| Error::new(ErrorKind::Journal, problem))?;
        let reserved = self.cache.folders().into_iter().chain(self.journal.folders()).collect();
        let Self { stack, limits, listener, .. } = self;
        Ok(Engine(Arc::new(Inner {
            pooled,
            on_demand,
            concurrent: OnceLock::new(),
            stack,
            clock,
            limits,
            listener,
            cache,
            reserved,
            cache_problem,
            journal: journal.map(Arc::new),
            leaks: Leaks::default(),
            settling: Settling::default(),
        })))
    }
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cache, journal, stack, pool, limits, .. } = self;
        let mut shown = f.debug_struct("EngineBuilder");
        shown.field("cache", cache).field("journal", journal).field("stack", stack);
        shown.field("pool", pool).field("limits", limits).finish_non_exhaustive()
    }
}

fn not_set_up(error: wasmtime::Error) -> Error {
    Error::new(ErrorKind::Engine, format!("Wasmtime cannot be set up here: {}", error.root_cause()))
        .with_source(error)
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
    /// To give the file another content while it may be loaded, rename another file over it: plugins that are loaded stay what they
    /// were. Do not write into it. One of 1 MiB and more stays open, and is read once more where it is not in the cache and where it
    /// first goes into the [journal](crate::Journal): what does not have the digest that it had is refused then, and never run.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`], and all of [`load_bytes`](Self::load_bytes).
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Plugin, Error> {
        let path = path.as_ref();
        let binary = Binary::open(path).map_err(|error| {
            Error::new(
                ErrorKind::Unreadable,
                format!("the plugin `{}` cannot be read: {error}", path.display()),
            )
            .with_source(error)
        })?;
        self.link(path.display().to_string(), binary)?.describe()
    }

    /// Loads a plugin from the bytes of a component. `name` is how errors and traces call it.
    ///
    /// # Errors
    /// [`ErrorKind::NotAComponent`], [`ErrorKind::CoreModule`], [`ErrorKind::WrongWorld`], [`ErrorKind::WrongVersion`] or
    /// [`ErrorKind::Describe`].
    pub fn load_bytes(&self, name: impl Into<String>, bytes: &[u8]) -> Result<Plugin, Error> {
        self.link(name.into(), Binary::new(bytes))?.describe()
    }

    /// The same, of which nothing runs: it does not say which managers it offers.
    pub(crate) fn link(&self, name: String, binary: Binary) -> Result<Plugin, Error> {
        check_form(&name, binary.head())?;
        let code = Compiled::compile(self, &binary).map_err(|error| {
            let why = error.root_cause();
            let message = format!("`{name}` is no valid WebAssembly component: {why}");
            Error::new(ErrorKind::NotAComponent, message).with_source(error)
        })?;
        Plugin::new(self.clone(), name, code, binary)
    }

    /// Why compiled code is not cached, where it was to be.
    #[must_use]
    pub fn cache_problem(&self) -> Option<&str> {
        self.0.cache_problem.as_deref()
    }

    /// The folder of compiled code or of a journal that lies in this directory, if one does. A plugin that may write in the
    /// directory may change what later engines run: grant it only to those that you trust as you trust your own programs.
    #[must_use]
    pub fn reserved_in(&self, directory: impl AsRef<Path>) -> Option<&Path> {
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

    /// Waits until no enter or exit of its plugins is under way that goes on by itself: those of futures that were dropped, and
    /// those that are awaited. A body that runs is not waited for, nor its exit to come.
    pub async fn settled(&self) {
        self.0.settling.settled().await;
    }

    /// Waits until it is [settled](Self::settled), for so long at the most, and says what is not: for who shuts down, once all
    /// bodies have ended or were dropped.
    pub async fn settled_within(&self, bound: Duration) -> Vec<Unsettled> {
        let over = cancel::sleep_until(Instant::now() + bound);
        tokio::select! {
            biased;
            () = self.settled() => Vec::new(),
            () = over => self.0.settling.unsettled(),
        }
    }

    pub(crate) fn settling(&self) -> &Settling {
        &self.0.settling
    }

    pub(crate) fn leaked(&self, leak: Leak) {
        self.0.leaks.add(leak);
    }

    pub(crate) fn reserved(&self) -> &[PathBuf] {
        &self.0.reserved
    }

    /// Where plugins run first.
    pub(crate) fn pooled(&self) -> Option<&Runtime> {
        self.0.pooled.as_ref()
    }

    /// Where plugins run that have no room in the pool.
    pub(crate) fn on_demand(&self) -> wasmtime::Result<&Runtime> {
        self.made(&self.0.on_demand, |stack| Runtime::new(Allocation::OnDemand, stack))
    }

    /// Where plugins run whose managers await.
    pub(crate) fn concurrent(&self) -> wasmtime::Result<&Runtime> {
        self.made(&self.0.concurrent, Runtime::concurrent)
    }

    fn made<'e>(
        &self,
        made: &'e OnceLock<Runtime>,
        make: impl FnOnce(usize) -> wasmtime::Result<Runtime>,
    ) -> wasmtime::Result<&'e Runtime> {
        if let Some(runtime) = made.get() {
            return Ok(runtime);
        }
        let runtime = make(self.0.stack)?;
        self.clock().drive(&runtime.wasmtime);
        // Two threads may make one each; the second is dropped unused.
        Ok(made.get_or_init(|| runtime))
    }

    pub(crate) fn opened_journal(&self) -> Option<&Arc<journal::Opened>> {
        self.0.journal.as_ref()
    }

    pub(crate) fn cache(&self) -> Option<&Opened> {
        self.0.cache.as_ref()
    }

    pub(crate) fn listener(&self) -> Option<Listener> {
        self.0.listener.clone()
    }

    pub(crate) fn limits(&self) -> Limits {
        self.0.limits
    }

    /// How many bytes of the stack the calls of a guest may take.
    pub(crate) fn stack(&self) -> usize {
        self.0.stack
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }
}

/// Tells a component by its first eight bytes: the magic number, the version, and the layer.
fn check_form(name: &str, head: &[u8]) -> Result<(), Error> {
    match head {
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
