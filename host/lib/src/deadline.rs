//! Budgets of time: the clock that ends what a guest computes. `waiting.rs` ends what it waits for, and `crew.rs` gives up
//! what does not end.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use wasmtime::EngineWeak;

/// How often the clock ticks, and so how exact a budget is.
const TICK: Duration = Duration::from_millis(TICK_MILLIS);

const TICK_MILLIS: u64 = 5;

/// The clock of an engine: a thread that raises its epoch until the last budget that was begun is over, and sleeps then. To
/// know which calls ended before would cost each of them more than it saves.
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
    /// The tick at which the last budget is over.
    until: AtomicU64,
    asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

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

    fn is_needed(&self) -> bool {
        self.ticks.load(Ordering::Relaxed) <= self.until.load(Ordering::SeqCst)
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

    /// Begins a budget of so many [`ticks`]: the clock goes on until it is over.
    pub(crate) fn begin(&mut self, ticks: u64) {
        self.tick = self.clock.ticks.load(Ordering::Relaxed).saturating_add(ticks);
        // Of the calls in a tick, the first says so for all.
        if self.clock.until.load(Ordering::Relaxed) < self.tick {
            self.clock.until.fetch_max(self.tick, Ordering::SeqCst);
            if self.clock.asleep.load(Ordering::SeqCst) {
                self.clock.wake();
            }
        }
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
            until: AtomicU64::new(0),
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
}

impl Drop for Clock {
    fn drop(&mut self) {
        // The thread then finds its engine gone, and ends.
        self.0.wake();
    }
}

fn tick(face: &Weak<Face>) {
    while let Some(face) = face.upgrade() {
        if face.is_needed() {
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
            let is_needed = face.is_needed();
            let asleep = Arc::downgrade(&face);
            drop(face);
            if !is_needed {
                thread::park();
            }
            if let Some(face) = asleep.upgrade() {
                face.look();
                face.asleep.store(false, Ordering::SeqCst);
            }
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
