//! Where scopes live: a [`Place`], which has a store and an instance in it, and a [`Home`], which is one's own or shared.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::Store;

use crate::bindings::v0_1;
use crate::call;
use crate::fault::{Fault, FaultKind, Phase};
use crate::manager::Manager;
use crate::plugin::Pre;
use crate::shared::Shared;
use crate::state::{State, Visit};

/// A store, and the plugin's instance in it. Each call takes it, so that it can be given up with the call.
pub(crate) struct Room {
    pub(crate) store: Store<State>,
    pub(crate) pre: Pre,
    /// The first enter makes it.
    instance: Option<v0_1::Plugin>,
}

impl Room {
    pub(crate) fn new(store: Store<State>, pre: Pre) -> Box<Self> {
        Box::new(Self { store, pre, instance: None })
    }
}

/// Where scopes live: a room, until a call of it is stopped.
pub(crate) struct Place {
    room: Option<Box<Room>>,
    /// How many scopes it served; of a shared one, how many calls.
    pub(crate) uses: u32,
    /// When it was made, by the clock.
    pub(crate) since: Duration,
}

impl Place {
    pub(crate) fn new(room: Box<Room>, since: Duration) -> Self {
        Self { room: Some(room), uses: 0, since }
    }

    pub(crate) fn state(&mut self) -> Option<&mut State> {
        self.room.as_mut().map(|room| room.store.data_mut())
    }

    /// Calls the guest for a scope. What comes of the drop of its handle is told apart.
    pub(crate) fn call<T: Send + 'static>(
        &mut self,
        manager: &Manager,
        phase: Phase,
        visit: &mut Visit,
        call: impl FnOnce(&mut Store<State>, &v0_1::Plugin) -> Called<T> + Send + 'static,
    ) -> Result<(T, Option<Fault>), Stopped> {
        let Some(room) = self.room.take() else {
            return Err(Stopped::Gone(Fault::new(
                manager.name(),
                phase,
                FaultKind::Lost,
                "its store was lost",
            )));
        };
        let mut visited = Some(Visit { left: visit.left.take(), ..*visit });
        let engine = manager.plugin().engine();
        let called = call::guest(engine, manager.name(), phase, room, &mut visited, |room| {
            let Room { store, pre, instance } = room;
            let instance = match instance {
                Some(instance) => instance,
                None => instance.insert(pre.instantiate(&mut *store)?),
            };
            call(store, instance)
        });
        visit.left = visited.and_then(|visit| visit.left);
        let (room, (done, dropped)) = called?;
        let fault = |error| Fault::of_call(manager.name(), Phase::Drop, &error, room.store.data());
        let fault = dropped.err().map(fault);
        if fault.is_none() {
            self.room = Some(room);
        }
        Ok((done, fault))
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
    Own(Place),
    /// With others.
    Shared(Arc<Shared>),
}

impl Home {
    /// Calls the guest for a scope.
    pub(crate) fn call<T: Send + 'static>(
        &mut self,
        manager: &Manager,
        phase: Phase,
        visit: &mut Visit,
        call: impl FnOnce(&mut Store<State>, &v0_1::Plugin) -> Called<T> + Send + 'static,
    ) -> Result<(T, Option<Fault>), Stopped> {
        match self {
            Self::Own(place) => place.call(manager, phase, visit, call),
            Self::Shared(shared) => Shared::call(shared, manager, phase, visit, call),
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
