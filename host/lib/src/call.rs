//! Calls of a guest: every one goes through [`guest`].

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::PoolConcurrencyLimitError;

use crate::background;
use crate::crew::{self, Missed};
use crate::deadline;
use crate::engine::Engine;
use crate::fault::{Fault, FaultKind, Phase};
use crate::place::{Room, Stopped};
use crate::shared::{self, Entered};
use crate::state::{Visit, Visited};

/// The host's own code panicked in an import.
#[derive(Debug, thiserror::Error)]
#[error("the host panicked: {0}")]
pub(crate) struct HostPanicked(String);

impl HostPanicked {
    pub(crate) fn of(payload: &(dyn Any + Send)) -> Self {
        Self(message(payload))
    }
}

/// Runs `call` in a room, under the budget of the phase, which begins now, for the scope of `visit` if there is one, and has it put
/// what it gives into `given`. Where the call was stopped there is no room any more: nothing in it can be called again. A panic of the
/// host's own imports is a fault: it must not skip the exits of outer scopes.
///
/// The budget ends what the guest computes, by epochs, and what it waits for, by `waiting.rs`. Nothing ends a call of the
/// system: opening a pipe, or whatever is asked of a dead network mount. So a guest that reaches files runs on a thread of
/// the [crew], and is given up, with its room, where it does not come back in time.
///
/// On a task of tokio it runs there too: the imports of WASI block on a runtime, and panic where they are called from one.
pub(crate) fn guest<T: Send + 'static>(
    engine: &Engine,
    phase: Phase,
    place: &mut Option<Box<Room>>,
    visit: &mut Option<Box<Visit>>,
    given: &mut Option<T>,
    call: impl FnOnce(&mut Room, &mut Option<T>) -> wasmtime::Result<()> + Send + 'static,
) -> Result<(), Stopped> {
    let room = place.as_mut().expect("who calls has a room");
    let called = if begin(phase, room) {
        away(engine, phase, place, visit, given, call)
    } else {
        here(phase, room, visit, given, call)
    };
    match (&called, place) {
        (Ok(()), Some(room)) => room.store.data_mut().deadline.end(),
        (_, place) => *place = None,
    }
    called
}

/// Begins the budget of the phase, and says whether the guest is called on another thread. This is one function for all that is
/// called, since the code of a scope is about as large as what a processor keeps of it.
#[inline(never)]
fn begin(phase: Phase, room: &mut Room) -> bool {
    let ticks = room.store.data().used.ticks(phase);
    room.store.set_epoch_deadline(ticks.min(deadline::SHORT));
    let state = room.store.data_mut();
    state.begin(ticks);
    state.reaches_files || background::runs_tasks()
}

/// Runs it on this thread.
fn here<T>(
    phase: Phase,
    room: &mut Room,
    visit: &mut Option<Box<Visit>>,
    given: &mut Option<T>,
    call: impl FnOnce(&mut Room, &mut Option<T>) -> wasmtime::Result<()>,
) -> Result<(), Stopped> {
    room.store.data_mut().visit.swap(visit);
    let called = run(phase, room, given, call);
    room.store.data_mut().visit.swap(visit);
    called
}

/// Runs it on a thread that can be given up, which has the room until it comes back.
#[cold]
fn away<T: Send + 'static>(
    engine: &Engine,
    phase: Phase,
    place: &mut Option<Box<Room>>,
    visit: &mut Option<Box<Visit>>,
    given: &mut Option<T>,
    call: impl FnOnce(&mut Room, &mut Option<T>) -> wasmtime::Result<()> + Send + 'static,
) -> Result<(), Stopped> {
    let mut room = place.take().expect("who calls has a room");
    let watched = Arc::new(Mutex::new(visit.take()));
    let state = room.store.data_mut();
    state.visit = Visited::Watched(watched.clone());
    state.deadline.hold();
    let (deadline, given_up) = (state.deadline.clone(), state.given_up.clone());
    let (limits, output, manager) = (*state.used.limits(), state.output.clone(), room.manager.clone());
    let inside = shared::entered();
    let called = crew::run(&deadline, engine.stack(), move || {
        let _entered = Entered::all(&inside);
        let mut given = None;
        let called = run(phase, &mut room, &mut given, call);
        room.store.data_mut().visit = Visited::default();
        called.map(|()| (room, given))
    });
    given_up.store(called.is_err(), Ordering::Release);
    // From now on the guest leaves no checkpoint. One that the journal still writes tells of what was not acquired.
    *visit = watched.lock().unwrap_or_else(PoisonError::into_inner).take();
    match called {
        Ok(Ok((room, done))) => {
            *place = Some(room);
            *given = done;
            Ok(())
        }
        Ok(Err(stopped)) => Err(stopped),
        Err(Missed::GivenUp) => Err(Stopped::Fault(Fault::given_up(&manager, phase, &limits, &output))),
        Err(missed @ (Missed::TooMany | Missed::NoThread(_) | Missed::Panicked)) => {
            Err(Stopped::Fault(Fault::new(&manager, phase, FaultKind::Host, missed.to_string())))
        }
    }
}

fn run<T>(
    phase: Phase,
    room: &mut Room,
    given: &mut Option<T>,
    call: impl FnOnce(&mut Room, &mut Option<T>) -> wasmtime::Result<()>,
) -> Result<(), Stopped> {
    match catch_unwind(AssertUnwindSafe(|| call(room, given))) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(stopped(phase, room, &error)),
        Err(payload) => Err(stopped(phase, room, &HostPanicked::of(&*payload).into())),
    }
}

#[cold]
fn stopped(phase: Phase, room: &Room, error: &wasmtime::Error) -> Stopped {
    if error.is::<PoolConcurrencyLimitError>() {
        Stopped::NoRoom
    } else {
        Stopped::Fault(Fault::of_call(&room.manager, phase, error, room.store.data()))
    }
}

/// What a panic said.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it gave no message").to_owned()
}
