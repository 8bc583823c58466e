//! Which store a scope gets: the one place for that policy, [`Isolation`].
//!
//! A store that saw a fault is always dropped, and never serves another scope. Beyond that the policies differ in how many
//! scopes a store serves, one after another or at once.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use ambit_core::Policy;
use crossbeam_utils::atomic::AtomicCell;
use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};

use crate::call;
use crate::checkpoints::Keeper;
use crate::concurrent::{self, Concurrent};
use crate::deadline::{Clock, Deadline, Moment};
use crate::driver;
use crate::error::Error;
use crate::fault::{Fault, Phase};
use crate::grants::{Reaches, Rights};
use crate::limits::{Limits, Used};
use crate::manager::Manager;
use crate::output::{Listener, Output};
use crate::place::{Home, Place, Room, Stopped};
use crate::plugin::{Plugin, Pre};
use crate::record::{self, Record};
use crate::shared::Shared;
use crate::state::{Calls, State, Visited};

/// How far live scopes are kept apart, and what becomes of a store after a clean exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Isolation {
    /// A live scope has a store to itself. After a clean exit it is kept for the next scope of the same manager, which then
    /// costs a small part. What a plugin keeps in static variables, a later scope finds.
    ///
    /// So as many scopes as are live at once, so many stores there are, which matters for [bodies that
    /// await](Manager::with_async). Each takes 4 GiB of address space and some 80 KiB of memory; and of a plugin that awaits 7 mappings,
    /// of which Linux gives a process 65,530, unless `vm.max_map_count` says otherwise: with some 8,000 such scopes at once, one
    /// more is [a fault](crate::FaultKind::Host) of its enter. Who holds thousands takes [`shared`](Self::shared), where 10,000 take
    /// 30 MiB and a few mappings.
    Lease {
        /// How many scopes a store serves, one after another: 10,000 by default.
        uses: u32,
        /// How old it may be when a scope is entered: 10 minutes by default.
        age: Duration,
    },
    /// Each scope has a store that no other used before, or will.
    Fresh,
    /// Many live scopes of a manager have one store: for who holds hundreds of thousands, of a plugin that is trusted not to
    /// fail. A fault in one loses all of them, and each is told at its exit. They enter and exit one at a time; those of a plugin that
    /// [awaits](crate::Plugin::awaits), many at once, and then a budget that one has spent is a fault too.
    Shared {
        /// How many live scopes a store has at the most, 50,000 by default and at the most 1,000,000; more have another. Of a plugin
        /// that awaits, at the most 4,000.
        scopes: u32,
    },
}

impl Isolation {
    /// [`Lease`](Self::Lease) with its default bounds: the default.
    #[must_use]
    pub const fn lease() -> Self {
        Self::Lease { uses: 10_000, age: Duration::from_mins(10) }
    }

    /// [`Shared`](Self::Shared) with its default bound.
    #[must_use]
    pub const fn shared() -> Self {
        Self::Shared { scopes: 50_000 }
    }
}

impl Default for Isolation {
    fn default() -> Self {
        Self::lease()
    }
}

/// After how many scopes a store is looked through for leaks.
const LOOK: u32 = 16;

/// How many stores of a manager wait for a scope, beside the next one.
const IDLE: usize = 8;

/// The same of managers that await, of which many are live at once.
const IDLE_CONCURRENT: usize = 64;

/// More scopes of managers that await than this have another store, whatever is asked for: beyond, each costs more.
const IN_FLIGHT: u32 = 4_000;

/// More scopes than this have another store, whatever is asked for: Wasmtime counts handles.
const SCOPES: u32 = 1_000_000;

/// What the scopes of a manager may do and use, and the stores that wait for one: their rights are the same.
#[derive(Default)]
pub(crate) struct Terms {
    pub(crate) rights: Rights,
    pub(crate) limits: Limits,
    pub(crate) isolation: Isolation,
    pub(crate) policy: Policy,
    pub(crate) listener: Option<Listener>,
    /// The store that serves the next scope, and those that serve others that are live with it.
    next: AtomicCell<Option<Box<Room>>>,
    #[expect(clippy::vec_box, reason = "what comes and goes is the box")]
    idle: Mutex<Vec<Box<Room>>>,
    shared: Mutex<Vec<Arc<Shared>>>,
    /// Of a manager that awaits: the stores that have room, or wait for a scope.
    concurrent: Mutex<Vec<Arc<Concurrent>>>,
    /// What writes checkpoints into the journal; the first store makes it.
    keeper: OnceLock<Option<Arc<Keeper>>>,
}

/// Other terms to be: no store goes with them, since what it may do is fixed in it.
impl Clone for Terms {
    fn clone(&self) -> Self {
        Self {
            rights: self.rights.clone(),
            limits: self.limits,
            isolation: self.isolation,
            policy: self.policy.clone(),
            listener: self.listener.clone(),
            next: AtomicCell::default(),
            idle: Mutex::default(),
            shared: Mutex::default(),
            concurrent: Mutex::default(),
            keeper: OnceLock::new(),
        }
    }
}

impl Terms {
    /// The terms of a scope that is in the journal.
    pub(crate) fn recorded(
        rights: record::Rights,
        limits: Limits,
        listener: Option<Listener>,
        reserved: &[PathBuf],
        reaches: Reaches,
    ) -> Result<Self, Error> {
        Ok(Self {
            rights: Rights::recorded(rights, reserved, reaches)?,
            listener,
            ..Self::with_limits(limits)
        })
    }

    /// Those of who is given nothing but these limits.
    pub(crate) fn with_limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// A home for a scope: one that waits or has room, or a new one.
    pub(crate) fn home(&self, manager: &Manager) -> Home {
        match self.isolation {
            Isolation::Shared { scopes } => Home::Shared(self.join(manager, scopes.clamp(1, SCOPES))),
            Isolation::Lease { .. } | Isolation::Fresh => {
                let new = || self.new_room(manager, manager.plugin().pre(), 0);
                Home::Own(Place(Some(self.waiting(manager.clock()).unwrap_or_else(new))))
            }
        }
    }

    /// Until when a store serves others that is made now.
    fn expires(&self, clock: &Clock) -> Moment {
        match self.isolation {
            Isolation::Lease { age, .. } => clock.after(age),
            Isolation::Fresh | Isolation::Shared { .. } => clock.after(Duration::MAX),
        }
    }

    /// A store that waits for a scope, if its lease is not over.
    fn waiting(&self, clock: &Clock) -> Option<Box<Room>> {
        let Isolation::Lease { .. } = self.isolation else { return None };
        loop {
            let room = self.next.take().or_else(|| lock(&self.idle).pop())?;
            if clock.now() < room.expires {
                return Some(room);
            }
        }
    }

    /// A new home, outside of the pool.
    #[cold]
    pub(crate) fn home_on_demand(&self, manager: &Manager) -> wasmtime::Result<Home> {
        let pre = manager.plugin().on_demand()?;
        Ok(match self.isolation {
            Isolation::Shared { scopes } => {
                let scopes = scopes.clamp(1, SCOPES);
                let shared = Arc::new(Shared::new(self.new_room(manager, pre, scopes), scopes));
                lock(&self.shared).push(shared.clone());
                Home::Shared(shared)
            }
            Isolation::Lease { .. } | Isolation::Fresh => {
                Home::Own(Place(Some(self.new_room(manager, pre, 0))))
            }
        })
    }

    /// A home for a scope of a manager that awaits.
    pub(crate) fn concurrent_home(&self, manager: &Manager, pre: &concurrent::Pre) -> Arc<Concurrent> {
        let clock = manager.clock();
        let new = |capacity| {
            let mut store = self.concurrent_store(clock, pre, capacity);
            self.keep_checkpoints(manager, &mut store);
            Arc::new(Concurrent::new(store, pre.clone(), manager, capacity, self.expires(clock)))
        };
        let mut known = lock(&self.concurrent);
        match self.isolation {
            Isolation::Shared { scopes } => {
                known.retain(|each| each.is_open());
                if let Some(open) = known.iter().find(|each| each.join()) {
                    return open.clone();
                }
                let made = new(scopes.clamp(1, IN_FLIGHT));
                known.push(made.clone());
                made
            }
            Isolation::Lease { .. } => {
                let now = clock.now();
                while let Some(waiting) = known.pop() {
                    if now < waiting.expires() && waiting.join() {
                        return waiting;
                    }
                }
                drop(known);
                new(1)
            }
            Isolation::Fresh => new(1),
        }
    }

    /// A store for a guest that awaits.
    pub(crate) fn concurrent_store(&self, clock: &Clock, pre: &concurrent::Pre, scopes: u32) -> Store<State> {
        let mut store = self.store(clock, pre.plugin.engine(), scopes);
        store.data_mut().visit = Visited::Many(Calls::default());
        // A guest that computes lets others in between, and who drives it look at the time.
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|_| {
            driver::takes_long();
            Ok(UpdateDeadline::Yield(1))
        });
        store
    }

    fn keep_concurrent(&self, home: Arc<Concurrent>) {
        let served = home.leave();
        if let Isolation::Lease { uses, .. } = self.isolation
            && served < uses
            && home.is_open()
        {
            let mut known = lock(&self.concurrent);
            if known.len() < IDLE_CONCURRENT {
                known.push(home);
            }
        }
    }

    #[cold]
    fn new_room(&self, manager: &Manager, pre: &Pre, scopes: u32) -> Box<Room> {
        let clock = manager.clock();
        let mut store = self.store(clock, pre.engine(), scopes);
        self.keep_checkpoints(manager, &mut store);
        Room::new(store, pre.clone(), manager.name(), self.expires(clock))
    }

    /// Has checkpoints kept that are left in this store.
    fn keep_checkpoints(&self, manager: &Manager, store: &mut Store<State>) {
        let state = store.data_mut();
        state.keeper = self.keeper.get_or_init(|| keeper(manager)).clone();
        state.recovers = manager.plugin().recovers();
    }

    /// A store with room for a scope, that this thread is not in: what a guest's call leads to enters another.
    fn join(&self, manager: &Manager, scopes: u32) -> Arc<Shared> {
        let mut open = lock(&self.shared);
        open.retain(|shared| shared.is_open());
        if let Some(shared) = open.iter().find(|shared| !shared.is_entered() && shared.join()) {
            return shared.clone();
        }
        let shared = Arc::new(Shared::new(self.new_room(manager, manager.plugin().pre(), scopes), scopes));
        open.push(shared.clone());
        shared
    }

    /// Takes back the home of a scope that exited without a fault, or was not entered.
    pub(crate) fn release(&self, home: Home) {
        match home {
            Home::Own(Place(room)) => room.into_iter().for_each(|room| self.keep(room)),
            Home::Shared(shared) => shared.leave(),
            Home::Concurrent(home) => self.keep_concurrent(home),
        }
    }

    fn keep(&self, mut room: Box<Room>) {
        let Isolation::Lease { uses, .. } = self.isolation else { return };
        room.uses += 1;
        if room.uses >= uses {
            return;
        }
        let (look, state) = (room.uses.is_multiple_of(LOOK), room.store.data_mut());
        if !state.used.suffices() || (look && state.leaks()) {
            return;
        }
        if let Some(other) = self.next.swap(Some(room)) {
            let mut idle = lock(&self.idle);
            if idle.len() < IDLE {
                idle.push(other);
            }
        }
    }

    /// A store with these rights and limits, for so many scopes at once beside what one may hold.
    pub(crate) fn store(&self, clock: &Clock, engine: &wasmtime::Engine, scopes: u32) -> Store<State> {
        let output = Output::new(self.listener.clone());
        let mut table = ResourceTable::new();
        table.set_max_capacity(self.limits.handles);
        let state = State {
            wasi: self.rights.context(&output),
            table,
            used: Used::new(self.limits),
            output,
            deadline: Deadline::over(clock),
            visit: Visited::default(),
            keeper: None,
            recovers: false,
            reaches_files: self.rights.reach_files(),
            given_up: Arc::default(),
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.used);
        store.epoch_deadline_callback(|mut store| Ok(store.data_mut().deadline.lasts()));
        // Wasmtime counts the guest's handles and the host's, so that each scope has two.
        store.set_max_component_handles(self.limits.handles.saturating_add(scopes as usize * 2));
        // What a guest passes to the host at once: of the value, which is checked where it is read, there may be a little more.
        store.set_hostcall_fuel(self.limits.value.saturating_add(self.limits.memory));
        store
    }

    /// Runs `visit` in a store that serves nothing else. `name` is how its fault names what failed.
    pub(crate) fn visit<T: Send + 'static>(
        &self,
        plugin: &Plugin,
        name: &str,
        phase: Phase,
        visit: impl FnOnce(&mut Store<State>, &Pre) -> wasmtime::Result<T> + Clone + Send + 'static,
    ) -> Result<T, Fault> {
        let engine = plugin.engine();
        let visit_by = |pre: &Pre| {
            let clock = engine.clock();
            let room = Room::new(self.store(clock, pre.engine(), 0), pre.clone(), name, self.expires(clock));
            let visit = visit.clone();
            let mut given = None;
            let visited =
                call::guest(engine, phase, &mut Some(room), &mut None, &mut given, |room, given| {
                    *given = Some(visit(&mut room.store, &room.pre)?);
                    Ok(())
                });
            match visited {
                Ok(()) => Ok(given.expect("it came to its end")),
                Err(Stopped::NoRoom) => Err(None),
                Err(Stopped::Fault(fault) | Stopped::Gone(fault) | Stopped::Undropped(fault)) => {
                    Err(Some(fault))
                }
            }
        };
        let done = visit_by(plugin.pre()).or_else(|stopped| match (stopped, plugin.on_demand()) {
            (Some(fault), _) => Err(Some(fault)),
            (None, Ok(pre)) => visit_by(pre),
            (None, Err(error)) => Err(Some(Fault::of_host(name, phase, &error))),
        });
        done.map_err(|stopped| stopped.unwrap_or_else(|| Fault::no_room(name, phase)))
    }
}

/// What writes the checkpoints of a manager's scopes into the journal, if there is one.
fn keeper(manager: &Manager) -> Option<Arc<Keeper>> {
    let (journal, plugin) = manager.plugin().kept()?;
    let record = Record::of(manager.terms()).and_then(|record| serde_json::to_string(&record).ok());
    match record {
        Some(terms) => Some(Arc::new(Keeper::new(journal, plugin, manager.name().to_owned(), terms))),
        None => {
            let manager = manager.name();
            tracing::warn!(manager, "a directory's name is not UTF-8: the journal cannot keep the scopes");
            None
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
