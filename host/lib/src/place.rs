//! Where scopes live: a [`Place`], which has a store and an instance in it, and a [`Home`], which is one's own or shared.

use std::panic::Location;
use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::ResourceAny;

use crate::bindings::v0_1;
use crate::call;
use crate::cancel::Cancelled;
use crate::concurrent::Concurrent;
use crate::deadline::Moment;
use crate::fault::{Fault, FaultKind, Phase};
use crate::instances::{self, Counted};
use crate::manager::Manager;
use crate::plugin::Pre;
use crate::scope::ENTERED;
use crate::shared::Shared;
use crate::state::{State, Visit, Visited};
use crate::trace::Trace;

/// A store, and the plugin's instance in it.
pub(crate) struct Room {
    pub(crate) store: Store<State>,
    pub(crate) pre: Pre,
    /// The manager whose scopes it serves, as its faults name it.
    pub(crate) manager: Box<str>,
    /// The first enter makes it.
    instance: Option<v0_1::Plugin>,
    counted: Option<Counted>,
    /// Why the call that runs, or ended just now, could not drop the scope's handle.
    undropped: Option<Fault>,
    /// What was known of the scope before: its box serves the next.
    spare: Option<Box<Visit>>,
    /// How many scopes it served; of a shared one, how many calls.
    pub(crate) uses: u32,
    /// Until when it serves others, by the clock.
    pub(crate) expires: Moment,
}

impl Room {
    pub(crate) fn new(store: Store<State>, pre: Pre, manager: &str, expires: Moment) -> Box<Self> {
        Box::new(Self {
            store,
            pre,
            manager: manager.into(),
            instance: None,
            counted: None,
            undropped: None,
            spare: None,
            uses: 0,
            expires,
        })
    }
}

/// Where scopes live: a room, until a call of it is stopped. A call that is given up keeps the room.
pub(crate) struct Place(pub(crate) Option<Box<Room>>);

impl Place {
    /// Calls the guest for the scope of `visit`. What it gives is put into `given`.
    pub(crate) fn call<T: Send + 'static>(
        &mut self,
        manager: &Manager,
        phase: Phase,
        visit: &mut Option<Box<Visit>>,
        given: &mut Option<T>,
        call: impl FnOnce(&mut Guest<'_>, &mut Option<T>) -> wasmtime::Result<()> + Send + 'static,
    ) -> Result<(), Stopped> {
        if self.0.is_none() {
            let fault = Fault::new(manager.name(), phase, FaultKind::Lost, "its store was lost");
            return Err(Stopped::Gone(fault));
        }
        let engine = manager.plugin().engine();
        call::guest(engine, phase, &mut self.0, visit, given, |room, given| {
            let Room { store, pre, manager, instance, counted, undropped, .. } = room;
            let plugin = match instance {
                Some(instance) => instance,
                None => instance.insert(instantiate(store, pre, counted)?),
            };
            call(&mut Guest { store, plugin, manager, undropped }, given)
        })?;
        match self.0.as_mut().and_then(|room| room.undropped.take()) {
            None => Ok(()),
            Some(undropped) => {
                self.0 = None;
                Err(Stopped::Undropped(undropped))
            }
        }
    }
}

#[cold]
fn instantiate(
    store: &mut Store<State>,
    pre: &Pre,
    counted: &mut Option<Counted>,
) -> wasmtime::Result<v0_1::Plugin> {
    *counted = Some(Counted::new(instances::MAPPINGS)?);
    pre.instantiate(store)
}

/// An instance, as a call finds it.
pub(crate) struct Guest<'a> {
    pub(crate) store: &'a mut Store<State>,
    pub(crate) plugin: &'a v0_1::Plugin,
    /// The name of the manager.
    pub(crate) manager: &'a str,
    undropped: &'a mut Option<Fault>,
}

impl Guest<'_> {
    /// The scope that it is called for was entered, with this handle and value.
    pub(crate) fn keep(&mut self, scope: ResourceAny, value: String) {
        self.store.data_mut().visit.with(|visit| {
            if let Some(visit) = visit {
                visit.keep(scope, value);
            }
        });
    }

    /// Does this with the handle of the scope that it is called for.
    ///
    /// # Errors
    /// Those of `work`; and where nobody waits for the call any more.
    #[inline]
    pub(crate) fn with_handle(
        &mut self,
        work: impl FnOnce(&mut Self, ResourceAny) -> wasmtime::Result<()>,
    ) -> wasmtime::Result<()> {
        // It is copied from where it lies, once: in an `Option` it would be taken apart and put together.
        let handle = match &self.store.data().visit {
            Visited::Own(Some(visit)) => *visit.handle.as_ref().expect(ENTERED),
            visited => visited.watched_handle()?,
        };
        work(self, handle)
    }

    /// Drops the handle of a scope.
    pub(crate) fn drop(&mut self, scope: ResourceAny) {
        if let Err(error) = scope.resource_drop(&mut *self.store) {
            let fault = Fault::of_call(self.manager, Phase::Drop, &error, self.store.data());
            *self.undropped = Some(fault);
        }
    }
}

/// Why a call did not come to its end.
pub(crate) enum Stopped {
    /// The pool has no room for the instance; nothing of the guest has run.
    NoRoom,
    /// The store was lost before; nothing of the guest has run.
    Gone(Fault),
    /// This fault, also of one that was given up as it dropped the scope's handle. The store is of no more use.
    Fault(Fault),
    /// It did, and gave what it gives; then the scope's handle could not be dropped. The store is of no more use.
    Undropped(Fault),
}

/// Where a scope lives.
pub(crate) enum Home {
    /// In a place of its own.
    Own(Place),
    /// With others.
    Shared(Arc<Shared>),
    /// Alone or with others, of a manager that awaits: it is not called by [`call`](Self::call).
    Concurrent(Arc<Concurrent>),
}

impl Home {
    /// Calls the guest for the scope of `visit`. What it gives is put into `given`: handed back through each layer, it would be copied there.
    pub(crate) fn call<T: Send + 'static>(
        &mut self,
        manager: &Manager,
        phase: Phase,
        visit: &mut Option<Box<Visit>>,
        given: &mut Option<T>,
        call: impl FnOnce(&mut Guest<'_>, &mut Option<T>) -> wasmtime::Result<()> + Send + 'static,
    ) -> Result<(), Stopped> {
        match self {
            Self::Own(place) => place.call(manager, phase, visit, given, call),
            Self::Shared(shared) => Shared::call(shared, manager, phase, visit, given, call),
            Self::Concurrent(_) => unreachable!("who awaits is called by `scope/awaited.rs`"),
        }
    }

    /// What is known of a scope that is to be entered here.
    pub(crate) fn visit(
        &mut self,
        entered_at: &'static Location<'static>,
        cancelled: Cancelled,
        trace: Trace,
    ) -> Box<Visit> {
        let spare = match self {
            Self::Own(Place(Some(room))) => room.spare.take(),
            _ => None,
        };
        match spare {
            Some(mut visit) => {
                visit.renew(entered_at, cancelled, trace);
                visit
            }
            None => Visit::new(entered_at, cancelled, trace),
        }
    }

    /// Has the box of what was known of a scope that was [closed](Visit::close) serve the next.
    pub(crate) fn spare(&mut self, visit: Box<Visit>) {
        if let Self::Own(Place(Some(room))) = self {
            room.spare = Some(visit);
        }
    }

    /// Leaves the store, which serves no other scope after this one; but those that share it stay.
    pub(crate) fn leave(self) {
        match self {
            Self::Own(place) => drop(place),
            Self::Shared(shared) => shared.leave(),
            Self::Concurrent(home) => home.close(),
        }
    }

    /// Drops the store, which saw this fault: none other finds it, and what the host held for it is released. Those that
    /// share it are lost.
    pub(crate) fn condemn(self, fault: &Fault) {
        match self {
            Self::Own(place) => drop(place),
            Self::Shared(shared) => shared.condemn(fault),
            Self::Concurrent(home) => home.condemn(fault),
        }
    }
}
