//! Where scopes live: a [`Place`], which is a store and an instance in it, and a [`Home`], which is one's own or shared.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::{PoolConcurrencyLimitError, Store};

use crate::bindings::v0_1;
use crate::call;
use crate::fault::{Fault, Phase};
use crate::manager::Manager;
use crate::plugin::Pre;
use crate::shared::Shared;
use crate::state::{State, Visit};

/// A store, and the plugin's instance in it.
pub(crate) struct Place {
    store: Store<State>,
    pre: Pre,
    /// The first enter makes it.
    instance: Option<v0_1::Plugin>,
    /// How many scopes it served.
    pub(crate) uses: u32,
    /// When it was made, by the clock.
    pub(crate) since: Duration,
}

impl Place {
    pub(crate) fn new(store: Store<State>, pre: Pre, since: Duration) -> Self {
        Self { store, pre, instance: None, uses: 0, since }
    }

    pub(crate) fn state(&mut self) -> &mut State {
        self.store.data_mut()
    }

    /// Calls the guest for a scope. What comes of the drop of its handle is told apart.
    pub(crate) fn call<T: Send>(
        &mut self,
        manager: &Manager,
        phase: Phase,
        visit: &mut Visit,
        call: impl FnOnce(&mut Store<State>, &v0_1::Plugin) -> Called<T> + Send,
    ) -> Result<(T, Option<Fault>), Stopped> {
        let Self { store, pre, instance, .. } = self;
        store.data_mut().begin(visit);
        let budget = manager.terms().limits.budget(phase);
        let called = call::guest(manager.clock(), store, budget, |store| {
            let instance = match instance {
                Some(instance) => instance,
                None => instance.insert(pre.instantiate(&mut *store)?),
            };
            call(store, instance)
        });
        store.data_mut().end(visit);
        let fault = |phase, error| Fault::of_call(manager.name(), phase, error, store.data());
        match called {
            Ok((done, Ok(()))) => Ok((done, None)),
            Ok((done, Err(error))) => Ok((done, Some(fault(Phase::Drop, &error)))),
            Err(error) if error.is::<PoolConcurrencyLimitError>() => Err(Stopped::NoRoom),
            Err(error) => Err(Stopped::Fault(fault(phase, &error))),
        }
    }
}

/// What came of a call, and of the drop of the scope's handle after it.
pub(crate) type Called<T> = wasmtime::Result<(T, wasmtime::Result<()>)>;

/// Why a call did not come to its end.
pub(crate) enum Stopped {
    /// The pool has no room for the instance; nothing of the guest has run.
    NoRoom,
    /// The store was lost before; nothing of the guest has run.
    Gone(Fault),
    /// This fault. The store is of no more use.
    Fault(Fault),
}

/// Where a scope lives.
pub(crate) enum Home {
    /// In a place of its own.
    Own(Box<Place>),
    /// With others.
    Shared(Arc<Shared>),
}

impl Home {
    /// Calls the guest for a scope.
    pub(crate) fn call<T: Send>(
        &mut self,
        manager: &Manager,
        phase: Phase,
        visit: &mut Visit,
        call: impl FnOnce(&mut Store<State>, &v0_1::Plugin) -> Called<T> + Send,
    ) -> Result<(T, Option<Fault>), Stopped> {
        match self {
            Self::Own(place) => place.call(manager, phase, visit, call),
            Self::Shared(shared) => shared.call(manager, phase, visit, call),
        }
    }

    /// Leaves the store, which serves no other scope after this one; but those that share it stay.
    pub(crate) fn leave(self) {
        match self {
            Self::Own(place) => drop(place),
            Self::Shared(shared) => shared.leave(),
        }
    }

    /// Drops the store, which saw this fault: none other finds it, and what the host held for it is released. Those that
    /// share it are lost.
    pub(crate) fn condemn(self, fault: &Fault) {
        match self {
            Self::Own(place) => drop(place),
            Self::Shared(shared) => shared.condemn(fault),
        }
    }
}
