//! The runtime of tokio on which guests that await run, and on whose threads others may block: one for the process, so that
//! what goes on when nobody waits for it any more depends on no runtime of the host's.

use std::cell::Cell;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

static RUNTIME: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .thread_name("ambit-async")
        .max_blocking_threads(BLOCKING)
        .on_thread_start(|| IS_OURS.set(true))
        .enable_all()
        .build()
});

/// How many threads may block at once. They are for what is done here, and for the files of guests that await.
const BLOCKING: usize = 1024;

/// What may wait for an exit, as who enters a lock waits for who holds it: so much of a kind blocks threads at once, that exits find
/// some whatever else waits.
pub(crate) static ENTERS: Semaphore = Semaphore::const_new(BLOCKING / 2);

/// The same of what concludes a call that left something to recover.
pub(crate) static RECOVERIES: Semaphore = Semaphore::const_new(BLOCKING / 8);

thread_local! {
    /// Whether this is a thread of our runtime.
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread waits for a future, and runs no tasks meanwhile.
    static WAITS: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread runs what may block.
    static MAY_BLOCK: Cell<bool> = const { Cell::new(false) };
}

/// The runtime, which the first use makes.
///
/// # Errors
/// Why it cannot be made: there are no threads to be had.
pub(crate) fn runtime() -> std::io::Result<&'static Runtime> {
    RUNTIME.as_ref().map_err(|error| std::io::Error::new(error.kind(), error.to_string()))
}

/// The runtime that runs what calls this: none where that is ours, or this thread waits for a future, and runs nothing else.
pub(crate) fn here() -> Option<Handle> {
    if IS_OURS.get() || WAITS.get() { None } else { Handle::try_current().ok() }
}

/// Runs it, whoever waits for it. Where there is no runtime it is dropped.
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Option<JoinHandle<()>> {
    runtime().ok().map(|runtime| runtime.spawn(task))
}

/// Does what may block, on a thread that is there for that. Where there is none it is done here.
pub(crate) fn blocking(work: impl FnOnce() + Send + 'static) {
    match runtime() {
        Ok(runtime) => {
            runtime.spawn_blocking(|| {
                MAY_BLOCK.set(true);
                work();
                MAY_BLOCK.set(false);
            });
        }
        Err(_) => work(),
    }
}

/// The same for one of those of which only so many do so at once. The others wait their turn without a thread.
pub(crate) fn blocking_among(all: &'static Semaphore, work: impl FnOnce() + Send + 'static) {
    match all.try_acquire() {
        Ok(turn) => blocking(move || {
            work();
            drop(turn);
        }),
        Err(_) => drop(spawn(async move {
            let turn = all.acquire().await;
            blocking(move || {
                work();
                drop(turn);
            });
        })),
    }
}

/// Whether this thread must not block, nor start a runtime: it runs tasks of one.
pub(crate) fn runs_tasks() -> bool {
    Handle::try_current().is_ok() && !MAY_BLOCK.get()
}

/// Waits for a future on this thread. Where that runs tasks of our runtime, others take those over: what is waited for may be among
/// them. A thread of another runtime just waits, as for managers that do not await: tokio cannot say whether it could be replaced,
/// and in a `LocalSet` panics where it cannot.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    if IS_OURS.get() && !MAY_BLOCK.get() {
        tokio::task::block_in_place(|| park_on(future))
    } else {
        park_on(future)
    }
}

fn park_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    struct Waits(bool);

    impl Drop for Waits {
        fn drop(&mut self) {
            WAITS.set(self.0);
        }
    }

    let waker = Arc::new(Unpark(thread::current())).into();
    // Tokio has a task yield after so many steps, which it cannot do here.
    let (mut future, mut context) = (pin!(tokio::task::unconstrained(future)), Context::from_waker(&waker));
    let _waits = Waits(WAITS.replace(true));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}
