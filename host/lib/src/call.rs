//! Calls of a guest: every one goes through [`guest`].

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use tokio::runtime::Handle;
use wasmtime::PoolConcurrencyLimitError;

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

/// What came of a call, and the room that it was in.
type Called<T> = Result<(Box<Room>, T), Stopped>;

/// Runs `call` in a room, under the budget of the phase, which begins now, and gives the room back with what came of it. Where the
/// call was stopped there is none: nothing in it can be called any more. A panic of the host's own imports is a fault:
/// it must not skip the exits of outer scopes.
///
/// The budget ends what the guest computes, by epochs, and what it waits for, by `waiting.rs`. Nothing ends a call of the
/// system: opening a pipe, or whatever is asked of a dead network mount. So a guest that reaches files runs on a thread of
/// the [crew], and is given up, with its room, where it does not come back in time.
///
/// On a task of tokio it runs there too: the imports of WASI block on a runtime, and panic where they are called from one.
pub(crate) fn guest<T: Send + 'static>(
    engine: &Engine,
    manager: &str,
    phase: Phase,
    mut room: Box<Room>,
    visit: &mut Option<Visit>,
    call: impl FnOnce(&mut Room) -> wasmtime::Result<T> + Send + 'static,
) -> Called<T> {
    let state = room.store.data_mut();
    let ticks = deadline::ticks(state.used.limits().budget(phase));
    state.begin(ticks);
    room.store.set_epoch_deadline(ticks);
    let _watch = engine.clock().watch();

    let state = room.store.data_mut();
    if !state.reaches_files && Handle::try_current().is_err() {
        state.visit = visit.take().map_or(Visited::Nobody, Visited::Own);
        let (called, visited) = run(manager, phase, room, call);
        *visit = visited;
        return called;
    }
    let watched = Arc::new(Mutex::new(visit.take()));
    state.visit = Visited::Watched(watched.clone());
    let (name, deadline, given_up) = (manager.to_owned(), state.deadline.clone(), state.given_up.clone());
    let (limits, output) = (*state.used.limits(), state.output.clone());
    let inside = shared::entered();
    let called = crew::run(&deadline, engine.stack(), move || {
        let _entered = Entered::all(&inside);
        run(&name, phase, room, call).0
    });
    given_up.store(called.is_err(), Ordering::Release);
    // From now on the guest leaves no checkpoint. One that the journal still writes tells of what was not acquired.
    *visit = watched.try_lock().ok().and_then(|mut visit| visit.take());
    called.unwrap_or_else(|missed| {
        Err(Stopped::Fault(match missed {
            Missed::GivenUp => Fault::given_up(manager, phase, &limits, &output),
            Missed::TooMany | Missed::NoThread(_) | Missed::Panicked => {
                Fault::new(manager, phase, FaultKind::Host, missed.to_string())
            }
        }))
    })
}

fn run<T>(
    manager: &str,
    phase: Phase,
    mut room: Box<Room>,
    call: impl FnOnce(&mut Room) -> wasmtime::Result<T>,
) -> (Called<T>, Option<Visit>) {
    let called = catch_unwind(AssertUnwindSafe(|| call(&mut room)));
    let called = called.unwrap_or_else(|payload| Err(HostPanicked(message(&*payload)).into()));
    let visit = room.store.data_mut().end();
    let called = match called {
        Ok(done) => Ok((room, done)),
        Err(error) if error.is::<PoolConcurrencyLimitError>() => Err(Stopped::NoRoom),
        Err(error) => Err(Stopped::Fault(Fault::of_call(manager, phase, &error, room.store.data()))),
    };
    (called, visit)
}

/// What a panic said.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it gave no message").to_owned()
}
