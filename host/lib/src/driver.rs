//! Who drives what goes on whoever waits for it: a [`Driver`], a task of the runtime of who calls, or one of the library's own.
//!
//! What is driven where it is called hops between no threads, which is most of what a short call would take. But no runtime of the
//! host's is relied on. What it drives goes *home*, to the runtime of the library:
//!
//! - where the host's shuts down, or who waits blocks its thread;
//! - where it lets what is driven wait: it is busy, or nobody runs it;
//! - where what is driven takes long, and would hold up what else the host's has to do;
//! - where two runtimes of the host's call at once.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::task::{ArcWake, AtomicWaker, waker_ref};
use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;

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

    /// Polls the work, if it was woken. Who calls has it.
    fn poll(self: &Arc<Self>, slot: &mut Option<Work>, is_home: bool) -> Poll<()> {
        let Some(work) = slot else { return Poll::Ready(()) };
        self.polled_now.store(true, Ordering::SeqCst);
        if !self.woken.swap(false, Ordering::SeqCst) {
            self.polled_now.store(false, Ordering::SeqCst);
            return self.is_woken();
        }
        self.polls.fetch_add(1, Ordering::Relaxed);
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

/// Takes home what was woken, and is not polled for this long.
const PATIENCE: Duration = Duration::from_millis(50);

/// What is looked at, so that no runtime of the host's lets it wait.
static WATCH: Watch = Watch { woken: Mutex::new(Vec::new()) };

struct Watch {
    /// What was woken, each with how often it had been polled when it was looked at.
    woken: Mutex<Vec<(Arc<Driven>, u64)>>,
}

impl Watch {
    fn add(&'static self, driven: Arc<Driven>) {
        let mut woken = lock(&self.woken);
        let is_first = woken.is_empty();
        let polls = driven.polls.load(Ordering::Relaxed);
        woken.push((driven, polls));
        drop(woken);
        if is_first {
            drop(background::spawn(self.watch()));
        }
    }

    async fn watch(&self) {
        loop {
            tokio::time::sleep(PATIENCE).await;
            let mut late = Vec::new();
            let mut woken = lock(&self.woken);
            woken.retain_mut(|(driven, polls)| {
                let polled = std::mem::replace(polls, driven.polls.load(Ordering::Relaxed));
                let is_woken = driven.woken.load(Ordering::SeqCst);
                if is_woken && polled != *polls {
                    return true;
                }
                if is_woken {
                    late.push(driven.clone());
                }
                // First say that it is not looked at, then look: what is woken in between adds itself, or is seen.
                driven.watched.store(false, Ordering::SeqCst);
                !is_woken
                    && driven.woken.load(Ordering::SeqCst)
                    && !driven.watched.swap(true, Ordering::SeqCst)
            });
            let is_last = woken.is_empty();
            drop(woken);
            late.iter().for_each(Driven::go_home);
            if is_last {
                return;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::thread;
    use std::time::Instant;

    use tokio::runtime::{Builder, Runtime};
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

    use super::*;

    /// A driver of what says for each of its polls where it was polled, and is woken by each message.
    fn polled(
        mut long: impl FnMut() + Send + 'static,
    ) -> (Driver, UnboundedSender<()>, UnboundedReceiver<String>) {
        let (wake, mut woken) = unbounded_channel();
        let (tell, told) = unbounded_channel();
        let work = async move {
            poll_fn(|context| {
                long();
                drop(tell.send(thread::current().name().unwrap_or_default().to_owned()));
                loop {
                    match woken.poll_recv(context) {
                        Poll::Ready(Some(())) => {}
                        Poll::Ready(None) => return Poll::Ready(()),
                        Poll::Pending => return Poll::Pending,
                    }
                }
            })
            .await;
        };
        (Driver::new(work), wake, told)
    }

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_all().build().unwrap()
    }

    fn is_home(thread: &str) -> bool {
        thread == "ambit-async"
    }

    /// Wakes it until it is polled at home.
    fn comes_home(wake: &UnboundedSender<()>, told: &mut UnboundedReceiver<String>) {
        let began = Instant::now();
        while !told.try_recv().is_ok_and(|thread| is_home(&thread)) {
            assert!(began.elapsed() < Duration::from_secs(20), "it comes home");
            wake.send(()).unwrap();
            thread::yield_now();
        }
    }

    /// Calls it ten times, and checks that it is polled there each time, unless the machine was held up so long that it went home.
    fn stays(driver: &Driver, wake: &UnboundedSender<()>, told: &mut UnboundedReceiver<String>) {
        runtime().block_on(async {
            for _ in 0..10 {
                while told.try_recv().is_ok() {}
                let began = Instant::now();
                driver.drive(false, || ());
                wake.send(()).unwrap();
                let is_home = is_home(&told.recv().await.unwrap());
                assert!(!is_home || began.elapsed() >= PATIENCE);
            }
        });
    }

    #[test]
    fn it_is_driven_by_the_runtime_of_who_calls() {
        let (driver, wake, mut told) = polled(|| ());
        stays(&driver, &wake, &mut told);
    }

    #[test]
    fn it_comes_home_where_its_runtime_shuts_down() {
        let (driver, wake, mut told) = polled(|| ());
        let runtime = runtime();
        runtime.block_on(async {
            driver.drive(false, || ());
            told.recv().await.unwrap();
        });
        drop(runtime);
        comes_home(&wake, &mut told);
        drop(wake);
        driver.gone();
    }

    #[test]
    fn it_comes_home_where_nobody_runs_its_runtime() {
        let (driver, wake, mut told) = polled(|| ());
        let runtime = runtime();
        {
            let _entered = runtime.enter();
            driver.drive(false, || ());
        }
        comes_home(&wake, &mut told);
        // Who calls there next has it back.
        runtime.block_on(async {
            driver.drive(false, || wake.send(()).unwrap());
            while is_home(&told.recv().await.unwrap()) {}
        });
        comes_home(&wake, &mut told);
    }

    #[test]
    fn it_comes_home_where_it_takes_long() {
        let (driver, wake, mut told) = polled(takes_long);
        runtime().block_on(async {
            driver.drive(false, || ());
            while !is_home(&told.recv().await.unwrap()) {
                wake.send(()).unwrap();
            }
        });
    }

    #[test]
    fn it_stays_where_it_gets_on_though_each_step_takes_a_tick() {
        let (driver, wake, mut told) = polled(|| {
            takes_long();
            gets_on();
        });
        stays(&driver, &wake, &mut told);
    }

    #[test]
    fn two_runtimes_that_share_it_have_it_driven_at_home() {
        let (driver, wake, mut told) = polled(|| ());
        let (first, second) = (runtime(), runtime());
        first.block_on(async { driver.drive(false, || ()) });
        second.block_on(async { driver.drive(false, || ()) });
        comes_home(&wake, &mut told);
        // One that has it for itself takes it along.
        first.block_on(async {
            driver.drive(true, || wake.send(()).unwrap());
            while is_home(&told.recv().await.unwrap()) {}
        });
    }

    #[test]
    fn it_is_driven_at_home_for_who_blocks() {
        let (driver, wake, mut told) = polled(|| ());
        runtime().block_on(async {
            background::block_on(async { driver.drive(true, || ()) });
        });
        comes_home(&wake, &mut told);
    }

    #[test]
    fn what_is_called_where_it_is_driven_is_done_when_the_call_returns() {
        let (driver, wake, mut told) = polled(|| ());
        runtime().block_on(async {
            driver.drive(false, || ());
            while told.try_recv().is_ok() {}
            driver.drive(false, || wake.send(()).unwrap());
            assert!(!is_home(&told.try_recv().unwrap()));
            // The task that drives it has nothing to do then.
            tokio::task::yield_now().await;
            assert!(told.try_recv().is_err());
        });
    }

    #[test]
    fn it_comes_home_where_it_is_called_as_a_runtime_shuts_down() {
        struct Calls(Arc<Driver>);
        impl Drop for Calls {
            fn drop(&mut self) {
                self.0.drive(true, || ());
            }
        }
        let (driver, wake, mut told) = polled(|| ());
        let calls = Calls(Arc::new(driver));
        let driver = calls.0.clone();
        let runtime = runtime();
        runtime.spawn(async move {
            let _calls = calls;
            std::future::pending::<()>().await;
        });
        runtime.block_on(tokio::task::yield_now());
        drop(runtime);
        comes_home(&wake, &mut told);
        drop(driver);
    }

    #[test]
    fn tasks_that_lost_their_turn_let_go() {
        let (driver, wake, mut told) = polled(|| ());
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        for _ in 0..1_000 {
            runtime.block_on(async { driver.drive(true, || wake.send(()).unwrap()) });
            driver.0.go_home();
        }
        comes_home(&wake, &mut told);
        let began = Instant::now();
        // This one, the task that has it, its waker, and what has been added to the watch.
        while Arc::strong_count(&driver.0) > 4 {
            assert!(began.elapsed() < Duration::from_secs(20), "{}", Arc::strong_count(&driver.0));
            thread::yield_now();
        }
    }

    /// What a task of tokio defers, once its steps are used up, would be lost with its runtime.
    #[test]
    fn what_is_called_at_the_end_of_a_task_and_of_its_runtime_is_done() {
        let (driver, wake, mut told) = polled(|| ());
        let runtime = runtime();
        runtime.block_on(async {
            while tokio::task::coop::has_budget_remaining() {
                tokio::task::coop::consume_budget().await;
            }
            driver.drive(true, || ());
        });
        while told.try_recv().is_ok() {}
        drop(runtime);
        wake.send(()).unwrap();
        let began = Instant::now();
        while told.try_recv().is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "it sees the message");
            thread::yield_now();
        }
    }

    #[test]
    fn what_panics_ends() {
        let (driver, _wake, _told) = polled(|| panic!("it panics"));
        driver.gone();
    }

    /// What wakes it while it moves must not be lost.
    #[test]
    fn it_sees_each_message_however_it_is_moved() {
        let (wake, mut woken) = unbounded_channel::<usize>();
        let (tell, mut told) = unbounded_channel();
        let driver = Driver::new(async move {
            while let Some(number) = woken.recv().await {
                tell.send(number).unwrap();
            }
        });
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        for number in 0..2_000 {
            wake.send(number).unwrap();
            match number % 3 {
                0 => driver.drive(true, || ()),
                1 => runtime.block_on(async { driver.drive(true, || ()) }),
                _ => driver.0.go_home(),
            }
            let began = Instant::now();
            while told.try_recv() != Ok(number) {
                assert!(began.elapsed() < Duration::from_secs(20), "{number}");
                thread::yield_now();
            }
        }
        drop(wake);
        driver.gone();
    }
}
