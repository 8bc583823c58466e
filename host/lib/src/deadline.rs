//! Budgets of time: the clock that ends what a guest computes. `waiting.rs` ends what it waits for, and `crew.rs` gives up
//! what does not end.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use wasmtime::EngineWeak;

/// How often the clock ticks, and so how exact a budget is.
const TICK: Duration = Duration::from_millis(TICK_MILLIS);

const TICK_MILLIS: u64 = 5;

/// For how many ticks without a call the clock goes on, so that calls in a row need not start it.
const LINGER: usize = 40;

/// The clock of an engine: a thread that raises its epoch while guests run, and sleeps while none does.
pub(crate) struct Clock(Arc<Face>);

/// What all see of a clock.
struct Face {
    /// Whose epochs it raises.
    driven: Mutex<Vec<EngineWeak>>,
    /// How often it ticked: the engines' epochs, which cannot be asked.
    ticks: AtomicU64,
    began: Instant,
    /// The time since then, in milliseconds, as it ticked last.
    now: AtomicU64,
    calls: AtomicUsize,
    asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

/// A call of a guest that the clock watches until it is dropped.
pub(crate) struct Watch<'a>(&'a Face);

/// When the time of a phase is over.
#[derive(Clone)]
pub(crate) struct Deadline {
    clock: Arc<Face>,
    tick: u64,
}

impl Face {
    fn driven(&self) -> MutexGuard<'_, Vec<EngineWeak>> {
        self.driven.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        self.thread.get().into_iter().for_each(Thread::unpark);
    }

    /// Looks what time it is.
    fn look(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.now.store(now, Ordering::Relaxed);
    }
}

impl Deadline {
    /// No time is left yet: every call sets it.
    pub(crate) fn over(clock: &Clock) -> Self {
        Self { clock: clock.0.clone(), tick: 0 }
    }

    /// Begins a budget of so many [`ticks`].
    pub(crate) fn begin(&mut self, ticks: u64) {
        self.tick = self.clock.ticks.load(Ordering::Relaxed).saturating_add(ticks);
    }

    /// How much of it is left.
    pub(crate) fn left(&self) -> Duration {
        let ticks = self.tick.saturating_sub(self.clock.ticks.load(Ordering::Relaxed));
        TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
    }
}

impl Clock {
    pub(crate) fn start() -> std::io::Result<Self> {
        let face = Arc::new(Face {
            driven: Mutex::default(),
            ticks: AtomicU64::new(0),
            began: Instant::now(),
            now: AtomicU64::new(0),
            calls: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            thread: OnceLock::new(),
        });
        let watched = Arc::downgrade(&face);
        let handle = thread::Builder::new().name("ambit-clock".to_owned()).spawn(move || tick(&watched))?;
        face.thread.get_or_init(|| handle.thread().clone());
        Ok(Self(face))
    }

    /// Raises the epoch of that engine too, from now on.
    pub(crate) fn drive(&self, engine: &wasmtime::Engine) {
        self.0.driven().push(engine.weak());
    }

    /// What time it is, to a tick: to ask for that costs less than to ask the system.
    pub(crate) fn now(&self) -> Duration {
        if self.0.asleep.load(Ordering::Acquire) {
            self.0.look();
        }
        Duration::from_millis(self.0.now.load(Ordering::Relaxed))
    }

    /// Watches a call, from now on.
    pub(crate) fn watch(&self) -> Watch<'_> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        if self.0.asleep.load(Ordering::SeqCst) {
            self.0.wake();
        }
        Watch(&self.0)
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Face {
    fn drop(&mut self) {
        // Its thread then finds it gone, and ends.
        self.wake();
    }
}

fn tick(face: &Weak<Face>) {
    let mut idle = 0;
    while let Some(face) = face.upgrade() {
        if idle < LINGER {
            idle = if face.calls.load(Ordering::SeqCst) == 0 { idle + 1 } else { 0 };
            for engine in face.driven().iter().filter_map(EngineWeak::upgrade) {
                engine.increment_epoch();
            }
            face.ticks.fetch_add(1, Ordering::Relaxed);
            face.look();
            drop(face);
            thread::sleep(TICK);
        } else {
            // First say that it is asleep, then look once more: a call that begins now sees one or is seen.
            face.asleep.store(true, Ordering::SeqCst);
            let none = face.calls.load(Ordering::SeqCst) == 0;
            let asleep = Arc::downgrade(&face);
            drop(face);
            if none {
                thread::park();
            }
            if let Some(face) = asleep.upgrade() {
                face.look();
                face.asleep.store(false, Ordering::SeqCst);
            }
            idle = 0;
        }
    }
}

/// How many ticks from now a budget ends, rounded up. Every call asks, so that it is reckoned in 64 bits.
pub(crate) fn ticks(budget: Duration) -> u64 {
    let began = u64::from(!budget.subsec_nanos().is_multiple_of(1_000_000));
    let millis =
        budget.as_secs().saturating_mul(1000).saturating_add(u64::from(budget.subsec_millis()) + began);
    // The tick that is under way counts for nothing. And the epoch must not wrap around: a budget of ages never ends.
    (millis.div_ceil(TICK_MILLIS) + 1).min(u64::MAX >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_at_least_what_it_says() {
        assert_eq!(ticks(Duration::ZERO), 1);
        assert_eq!(ticks(TICK), 2);
        assert_eq!(ticks(TICK + Duration::from_nanos(1)), 3);
        assert!(ticks(Duration::MAX) > 1 << 60);
    }

    #[test]
    fn a_clock_that_sleeps_tells_the_time() {
        let clock = Clock::start().unwrap();
        while !clock.0.asleep.load(Ordering::Acquire) {
            thread::yield_now();
        }
        let (began, before) = (Instant::now(), clock.now());
        while began.elapsed() < TICK * 2 {
            thread::yield_now();
        }
        assert!(clock.now() > before + TICK);
    }
}
