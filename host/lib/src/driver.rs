//! Who drives what goes on whoever waits for it: a [`Driver`], a task of the runtime of who calls, or one of the library's own.
//!
//! What is driven where it is called hops between no threads, which is most of what a short call would take. But no runtime of the
//! host's is relied on. What it drives goes *home*, to the runtime of the library:
//!
//! - where the host's shuts down, or who waits blocks its thread;
//! - where it lets what is driven wait: it is busy, or nobody runs it;
//! - where what is driven takes long, and would hold up what else the host's has to do;
//! - where two runtimes of the host's call at once.

#[cfg(test)]
mod tests;
mod watch;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures::task::{ArcWake, AtomicWaker, waker_ref};
use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;

use self::watch::WATCH;
use crate::background;

/// Something that goes on, by turns, on one runtime or another. It goes on where this is dropped.
pub(crate) struct Driver(Arc<Driven>);

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is driven, as its tasks see it.
struct Driven {
    /// Until it has ended. Who polls it has it.
    work: Mutex<Option<Work>>,
    ended: Notify,
    place: Mutex<Place>,
    /// Whose turn it is. A task of another turn lets go of it.
    turn: AtomicU64,
    /// Wakes the task whose turn it is.
    task: AtomicWaker,
    /// Whether it was woken, and not polled since.
    woken: AtomicBool,
    /// Whether it is polled now: who polls it sees that it was woken meanwhile.
    polled_now: AtomicBool,
    /// How often it was polled.
    polls: AtomicU64,
    /// How many ticks of the clock it has taken since it came to an end with anything.
    long: AtomicU32,
    /// Whether the [watch](WATCH) has it.
    watched: AtomicBool,
}

/// Where it is driven.
#[derive(Default)]
struct Place {
    at: At,
    /// The runtime of who called last.
    caller: Option<Id>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum At {
    #[default]
    Nowhere,
    Home,
    Runtime(Id),
}

impl Driver {
    /// Nobody drives it yet.
    pub(crate) fn new(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Arc::new(Driven {
            // Tokio has a task yield after so many steps: that of who calls is another.
            work: Mutex::new(Some(Box::pin(tokio::task::unconstrained(work)))),
            ended: Notify::new(),
            place: Mutex::default(),
            turn: AtomicU64::new(0),
            task: AtomicWaker::new(),
            woken: AtomicBool::new(true),
            polled_now: AtomicBool::new(false),
            polls: AtomicU64::new(0),
            long: AtomicU32::new(0),
            watched: AtomicBool::new(false),
        }))
    }

    /// Has it driven where this is called, or else at home, and does first what wakes it: it may be done with that when this returns.
    /// `alone` says that nobody else waits for what it does.
    pub(crate) fn drive(&self, alone: bool, wakes: impl FnOnce()) {
        let is_polling = LONG.get().is_some();
        let here = background::here().filter(|_| !is_polling && background::runtime().is_ok());
        let caller = here.as_ref().map(Handle::id);
        let mut place = lock(&self.0.place);
        if is_polling && place.at != At::Nowhere {
            // Whoever calls from inside of what is driven calls from no runtime of its own.
            drop(place);
            return wakes();
        }
        let is_known = place.caller == caller;
        place.caller = caller;
        let at = match caller {
            Some(caller) if is_known || alone || place.at == At::Nowhere => At::Runtime(caller),
            _ => At::Home,
        };
        if place.at != at {
            self.0.take_turn(place, at, here.as_ref());
        } else {
            drop(place);
        }
        match (at != At::Home).then(|| self.0.work.try_lock()) {
            Some(Ok(mut work)) => {
                self.0.polled_now.store(true, Ordering::SeqCst);
                wakes();
                let _ = self.0.poll(&mut work, false);
            }
            _ => wakes(),
        }
    }

    /// Says that there is something for it to see. It has no other wakers than this for what the host asks of it.
    pub(crate) fn wake(&self) {
        ArcWake::wake_by_ref(&self.0);
    }

    /// Waits until it has ended, and blocks.
    pub(crate) fn gone(&self) {
        self.0.go_home();
        background::block_on(async {
            loop {
                let ended = self.0.ended.notified();
                if lock(&self.0.work).is_none() {
                    break;
                }
                ended.await;
            }
        });
    }
}

impl Driven {
    /// From now on a task drives it there.
    fn take_turn(self: &Arc<Self>, mut place: MutexGuard<'_, Place>, at: At, runtime: Option<&Handle>) {
        place.at = at;
        let turn = self.turn.fetch_add(1, Ordering::AcqRel) + 1;
        // A runtime that shuts down drops the task at once, which then goes home.
        drop(place);
        // Who had the turn lets go of it. And what was to wake that one may have been lost with its runtime.
        self.task.wake();
        self.woken.store(true, Ordering::SeqCst);
        let task = Turn { driven: self.clone(), turn, is_home: at == At::Home };
        match runtime.filter(|_| at != At::Home) {
            Some(runtime) => {
                drop(runtime.spawn(task));
                // It may never be polled there.
                self.watch();
            }
            None => drop(background::spawn(task)),
        }
    }

    fn go_home(self: &Arc<Self>) {
        let place = lock(&self.place);
        if place.at != At::Home {
            self.take_turn(place, At::Home, None);
        }
    }

    fn watch(self: &Arc<Self>) {
        if !self.watched.swap(true, Ordering::SeqCst) {
            WATCH.add(self.clone());
        }
    }

    fn wake_task(self: &Arc<Self>) {
        self.watch();
        self.task.wake();
    }

    /// Polls the work, if it was woken. Who calls has it, and has said so by [`polled_now`](Self::polled_now).
    fn poll(self: &Arc<Self>, slot: &mut Option<Work>, is_home: bool) -> Poll<()> {
        let Some(work) = slot else {
            self.polled_now.store(false, Ordering::SeqCst);
            return Poll::Ready(());
        };
        if !self.woken.swap(false, Ordering::SeqCst) {
            self.polled_now.store(false, Ordering::SeqCst);
            return self.is_woken();
        }
        // Who has the work alone changes it.
        self.polls.store(self.polls.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        let outer = LONG.replace(Some(self.long.load(Ordering::Relaxed)));
        let polled = {
            // Timers and sockets are of the runtime of the library, and so outlive that of the host.
            let _home = if is_home { None } else { background::runtime().ok().map(|home| home.enter()) };
            let (waker, work) = (waker_ref(self), AssertUnwindSafe(work.as_mut()));
            catch_unwind(|| { work }.0.poll(&mut Context::from_waker(&waker)))
        };
        // What panicked goes on no more.
        let polled = polled.unwrap_or(Poll::Ready(()));
        let long = LONG.replace(outer).unwrap_or_default();
        self.long.store(long, Ordering::Relaxed);
        self.polled_now.store(false, Ordering::SeqCst);
        if polled.is_ready() {
            *slot = None;
            self.ended.notify_waiters();
            self.task.wake();
            return polled;
        }
        self.is_woken()
    }

    /// Sees to it that it is polled once more, if it was woken while it was polled.
    fn is_woken(self: &Arc<Self>) -> Poll<()> {
        if self.woken.load(Ordering::SeqCst) {
            self.wake_task();
        }
        Poll::Pending
    }

    fn is_turn(&self, turn: u64) -> bool {
        self.turn.load(Ordering::Acquire) == turn
    }
}

impl ArcWake for Driven {
    fn wake_by_ref(this: &Arc<Self>) {
        if !this.woken.swap(true, Ordering::SeqCst) {
            if this.polled_now.load(Ordering::SeqCst) {
                return;
            }
            this.wake_task();
        }
    }
}

/// A task that drives it, until it has ended or another task does.
struct Turn {
    driven: Arc<Driven>,
    turn: u64,
    is_home: bool,
}

impl Future for Turn {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { driven, turn, is_home } = &*self;
        let mut work = lock(&driven.work);
        if !driven.is_turn(*turn) {
            return Poll::Ready(());
        }
        // While it has the work: none that lost its turn does this after one that has it.
        driven.task.register(context.waker());
        if !driven.is_turn(*turn) {
            return Poll::Ready(());
        }
        driven.polled_now.store(true, Ordering::SeqCst);
        let polled = driven.poll(&mut work, *is_home);
        drop(work);
        if polled.is_pending()
            && !is_home
            && driven.is_turn(*turn)
            && driven.long.load(Ordering::Relaxed) >= TOO_LONG
        {
            driven.go_home();
        }
        polled
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Self { driven, turn, is_home } = self;
        if !driven.is_turn(*turn) {
            return;
        }
        if *is_home {
            // There is no runtime, and so nobody to drive it: it ends, if it has not.
            let work = lock(&driven.work).take();
            drop(work);
            driven.ended.notify_waiters();
        } else if lock(&driven.work).is_some() {
            // Its runtime shuts down.
            driven.go_home();
        }
    }
}

thread_local! {
    /// The [`long`](Driven::long) of what this thread polls, if it does.
    static LONG: Cell<Option<u32>> = const { Cell::new(None) };
}

/// After how many ticks of the clock without an end of anything it is taken home.
const TOO_LONG: u32 = 3;

/// Says that what is driven by this thread has taken a tick of the clock.
pub(crate) fn takes_long() {
    LONG.set(LONG.get().map(|long| long.saturating_add(1)));
}

/// Says that what is driven by this thread has come to an end with something.
pub(crate) fn gets_on() {
    LONG.set(LONG.get().map(|_| 0));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
