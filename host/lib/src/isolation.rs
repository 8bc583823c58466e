//! Which store a scope gets: the one place for that policy.
//!
//! Each live scope has a store to itself, whatever the policy: what traps, leaks or is spent in one cannot reach another.
//! The policies differ in what becomes of the store after a clean exit. A store that saw a fault is always dropped.

use std::sync::{Mutex, PoisonError};

use ambit_core::Policy;
use wasmtime::Store;
use wasmtime::component::ResourceTable;

use crate::bindings::v0_1;
use crate::deadline::Deadline;
use crate::engine::Engine;
use crate::grants::Rights;
use crate::limits::{Limits, Used};
use crate::output::{Listener, Output};
use crate::state::State;

/// What becomes of a scope's store after a clean exit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Isolation {
    /// It is kept for the next scope of the same manager, which then costs a small part; after 10,000 scopes it is dropped. What a
    /// plugin keeps in static variables, a later scope finds.
    #[default]
    Lease,
    /// It is dropped: each scope has a store that no other used before.
    Fresh,
}

/// How many scopes a store serves, one after another.
const USES: u32 = 10_000;

/// After how many scopes a store is looked through for leaks.
const LOOK: u32 = 16;

/// How many stores of a manager wait for a scope.
const IDLE: usize = 8;

/// A store, for one scope at a time.
pub(crate) struct Place {
    pub(crate) store: Store<State>,
    /// The plugin's instance; the first enter makes it.
    pub(crate) instance: Option<v0_1::Plugin>,
    uses: u32,
}

/// What the scopes of a manager may do and use, and the stores that wait for one: their rights are the same.
#[derive(Default)]
pub(crate) struct Terms {
    pub(crate) rights: Rights,
    pub(crate) limits: Limits,
    pub(crate) isolation: Isolation,
    pub(crate) policy: Policy,
    pub(crate) listener: Option<Listener>,
    idle: Mutex<Idle>,
}

type Idle = Vec<Box<Place>>;

/// Other terms to be: no store goes with them, since what it may do is fixed in it.
impl Clone for Terms {
    fn clone(&self) -> Self {
        Self {
            rights: self.rights.clone(),
            limits: self.limits,
            isolation: self.isolation,
            policy: self.policy.clone(),
            listener: self.listener.clone(),
            idle: Mutex::default(),
        }
    }
}

impl Terms {
    /// A place for a scope: one that waits, or a new one, with no instance yet.
    pub(crate) fn place(&self, engine: &Engine) -> Box<Place> {
        let waiting = self.idle().pop();
        waiting.unwrap_or_else(|| Box::new(Place { store: self.store(engine), instance: None, uses: 0 }))
    }

    /// Takes back the place of a scope that exited without a fault.
    pub(crate) fn release(&self, mut place: Box<Place>) {
        place.uses += 1;
        let keep = self.isolation == Isolation::Lease && place.uses < USES;
        let state = place.store.data_mut();
        let leaks = place.uses.is_multiple_of(LOOK) && state.leaks();
        if keep && state.renew() && !leaks {
            let mut idle = self.idle();
            if idle.len() < IDLE {
                idle.push(place);
            }
        }
    }

    /// A store for an instance of any plugin, with these rights and limits.
    pub(crate) fn store(&self, engine: &Engine) -> Store<State> {
        let output = Output::new(self.listener.clone());
        let state = State {
            wasi: self.rights.context(&output),
            table: ResourceTable::new(),
            used: Used::new(self.limits),
            output,
            deadline: Deadline::over(engine.clock()),
        };
        let mut store = Store::new(engine.wasmtime(), state);
        store.limiter(|state| &mut state.used);
        store
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
