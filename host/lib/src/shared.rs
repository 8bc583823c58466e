//! A store that many live scopes have in common: [`Shared`].

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::fault::{Fault, FaultKind, Phase};
use crate::manager::Manager;
use crate::place::{Guest, Place, Room, Stopped};
use crate::state::Visit;

/// A store that many live scopes have in common. It is called by one thread at a time.
pub(crate) struct Shared {
    /// None once it is lost: what the host held for the guest was released with it.
    place: Mutex<Place>,
    /// By what it was lost.
    lost: OnceLock<Fault>,
    /// Whether scopes may still join.
    open: AtomicBool,
    live: AtomicU32,
    capacity: u32,
}

/// How often the handles of a store are counted, in as many calls as it may have handles: guests may leak them.
const LOOKS: usize = 32;

thread_local! {
    /// The stores that this thread is in, by their addresses: Wasmtime does not refuse to enter one again.
    static ENTERED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

impl Shared {
    /// A store with one live scope, which is about to be entered.
    pub(crate) fn new(room: Box<Room>, capacity: u32) -> Self {
        Self {
            place: Mutex::new(Place(Some(room))),
            lost: OnceLock::new(),
            open: AtomicBool::new(true),
            live: AtomicU32::new(1),
            capacity,
        }
    }

    /// Takes room for a scope, if there is some.
    pub(crate) fn join(&self) -> bool {
        let more = |live| (live < self.capacity).then_some(live + 1);
        self.is_open() && self.live.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Gives the room of a scope back.
    pub(crate) fn leave(&self) {
        self.live.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// Whether this thread is in it, further up.
    pub(crate) fn is_entered(&self) -> bool {
        is_entered(self.address())
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    #[cold]
    pub(crate) fn call<T: Send + 'static>(
        self: &Arc<Self>,
        manager: &Manager,
        phase: Phase,
        visit: &mut Option<Box<Visit>>,
        given: &mut Option<T>,
        call: impl FnOnce(&mut Guest<'_>, &mut Option<T>) -> wasmtime::Result<()> + Send + 'static,
    ) -> Result<(), Stopped> {
        if self.is_entered() {
            // The guest keeps the handle of that scope. So those that are in it stay; it serves no others.
            self.open.store(false, Ordering::Relaxed);
            let reason = "it was called from inside of a call of its own store";
            return Err(Stopped::Gone(Fault::new(manager.name(), phase, FaultKind::Protocol, reason)));
        }
        let mut place = self.place();
        if place.0.is_none() {
            return Err(Stopped::Gone(self.gone(manager, phase)));
        }
        let shared = self.clone();
        let called = place.call(manager, phase, visit, given, move |guest, given| {
            // Here it is the thread that the guest, and with it the host's imports, run on.
            let _entered = Entered::all(&[shared.address()]);
            call(guest, given)
        });
        if place.0.as_mut().is_some_and(|room| is_full(room)) {
            // Those that are in it stay; it serves no others.
            self.open.store(false, Ordering::Relaxed);
        }
        match &called {
            Ok(()) => {}
            Err(Stopped::Fault(fault) | Stopped::Undropped(fault)) => self.lose(&mut place, fault),
            Err(Stopped::NoRoom | Stopped::Gone(_)) => self.open.store(false, Ordering::Relaxed),
        }
        called
    }

    /// Loses the store to a fault that is known only now that the call is over.
    pub(crate) fn condemn(&self, fault: &Fault) {
        self.lose(&mut self.place(), fault);
    }

    fn lose(&self, place: &mut Place, fault: &Fault) {
        self.open.store(false, Ordering::Relaxed);
        self.lost.get_or_init(|| fault.clone());
        place.0 = None;
    }

    /// What a scope is told whose store was lost to another.
    fn gone(&self, manager: &Manager, phase: Phase) -> Fault {
        let why = self.lost.get().map_or_else(|| "it had no room".to_owned(), ToString::to_string);
        let reason = format!("the store that it shared was lost: {why}");
        Fault::new(manager.name(), phase, FaultKind::Lost, reason)
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it had better serve no more scopes, after one more call. Some calls count the handles that the guest holds.
fn is_full(room: &mut Room) -> bool {
    room.uses = room.uses.wrapping_add(1);
    let state = room.store.data_mut();
    let look = u32::try_from(state.used.limits().handles / LOOKS).map_or(u32::MAX, |look| look.max(1));
    !state.used.suffices() || (room.uses.is_multiple_of(look) && state.is_half_full())
}

/// Whether this thread is in that store, further up.
pub(crate) fn is_entered(store: usize) -> bool {
    // A stack may exit as its thread ends, when there is no list any more, and no call either.
    ENTERED.try_with(|entered| entered.borrow().contains(&store)).unwrap_or(false)
}

/// The stores that this thread is in, for one that does a part of its work.
pub(crate) fn entered() -> Vec<usize> {
    ENTERED.try_with(|entered| entered.borrow().clone()).unwrap_or_default()
}

/// That this thread is in some stores more, until it is dropped.
pub(crate) struct Entered {
    before: usize,
}

impl Entered {
    pub(crate) fn all(stores: &[usize]) -> Self {
        let enter = |entered: &RefCell<Vec<usize>>| {
            let mut entered = entered.borrow_mut();
            let before = entered.len();
            entered.extend(stores);
            before
        };
        Self { before: ENTERED.try_with(enter).unwrap_or_default() }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let _ = ENTERED.try_with(|entered| entered.borrow_mut().truncate(self.before));
    }
}
