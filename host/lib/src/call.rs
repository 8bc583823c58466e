//! Calls of a guest: every one goes through [`guest`].

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use wasmtime::Store;

use crate::deadline::{self, Clock};
use crate::state::State;

/// The host's own code panicked in an import.
#[derive(Debug, thiserror::Error)]
#[error("the host panicked: {0}")]
pub(crate) struct HostPanicked(String);

/// Runs `call` under a budget that begins now. A panic of the host's own imports is an error: it must not skip the exits
/// of outer scopes.
///
/// The imports of WASI block on a runtime of tokio, and panic where they are called from a task of one. So there the call
/// runs on a thread of its own, and this one waits.
pub(crate) fn guest<T: Send>(
    clock: &Clock,
    store: &mut Store<State>,
    budget: Duration,
    call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T> + Send,
) -> wasmtime::Result<T> {
    let ticks = deadline::ticks(budget);
    store.set_epoch_deadline(ticks);
    store.data_mut().deadline.begin(ticks);
    let _watch = clock.watch();
    let guarded = || catch_unwind(AssertUnwindSafe(|| call(store)));
    let done = match Handle::try_current() {
        Err(_) => guarded(),
        Ok(_) => thread::scope(|scope| match thread::Builder::new().spawn_scoped(scope, guarded) {
            Ok(thread) => thread.join().flatten(),
            Err(error) => Err(Box::new(format!("no thread can be had: {error}")) as Box<dyn Any + Send>),
        }),
    };
    done.unwrap_or_else(|payload| Err(HostPanicked(message(&*payload)).into()))
}

/// What a panic said.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it gave no message").to_owned()
}
