//! Budgets of time: the clock that ends what a guest computes. `waiting.rs` ends what it waits for, and `crew.rs` gives up
//! what does not end.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use wasmtime::{EngineWeak, UpdateDeadline};

/// How often the clock ticks, and so how exact a budget is. Each tick interrupts what runs.
const TICK: Duration = Duration::from_millis(TICK_MILLIS);

const TICK_MILLIS: u64 = 10;

/// For how many ticks after the last sign of a guest the clock goes on, so that calls in a row need not start it.
const LINGER: u64 = 20;

/// For how many ticks a call may run before it [holds](Deadline::hold) the clock. Less than the clock lingers: it does not sleep
/// until each guest that runs on has come to that.
pub(crate) const SHORT: u64 = LINGER / 2;

/// The clock of an engine: a thread that raises its epoch while guests run, and sleeps while none does.
///
/// Most calls take a microsecond. To count those that run would cost more than all else that a call of ours does, so that one only
/// gives a sign as it begins, and is counted if it lasts.
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
    /// The tick of the last sign that a guest runs, or [`ASLEEP`].
    sign: AtomicU64,
    /// How many calls need it to go on, whether there is a sign or not.
    held: AtomicUsize,
    thread: OnceLock<Thread>,
}

/// A time by a clock, in milliseconds since that began.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Moment(u64);

/// Earlier than each tick.
const ASLEEP: u64 = 0;

/// That a clock goes on, until it is dropped.
pub(crate) struct Watch<'a>(&'a Face);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::SeqCst);
    }
}

/// When the time of a phase is over.
pub(crate) struct Deadline {
    clock: Arc<Face>,
    tick: u64,
    /// Whether it holds the clock.
    holds: bool,
    /// Of a guest that awaits: no clock ticks while it does.
    at: Option<Instant>,
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

    /// A guest ran at this tick.
    fn sign(&self, tick: u64) {
        if self.sign.load(Ordering::SeqCst) != tick {
            self.sign_anew(tick);
        }
    }

    #[cold]
    fn sign_anew(&self, tick: u64) {
        if self.sign.fetch_max(tick, Ordering::SeqCst) == ASLEEP {
            self.wake();
        }
    }
}

impl Deadline {
    /// No time is left yet: every call sets it.
    pub(crate) fn over(clock: &Clock) -> Self {
        Self { clock: clock.0.clone(), tick: 0, holds: false, at: None }
    }

    /// Begins a budget of so many [`ticks`]. The guest's epoch is set ahead of this, to end with it or in [`SHORT`] ticks: so a clock
    /// that goes to sleep after this sign has moved past that epoch before, and the guest, if it still runs, wakes it.
    pub(crate) fn begin(&mut self, ticks: u64) {
        let now = self.clock.ticks.load(Ordering::Relaxed);
        self.tick = now.saturating_add(ticks);
        self.clock.sign(now);
    }

    /// What becomes of a guest whose epoch is over: it lasts, and so holds the clock, as long as there is time left.
    pub(crate) fn lasts(&mut self) -> UpdateDeadline {
        match self.ticks_left() {
            0 => UpdateDeadline::Interrupt,
            left => {
                self.hold();
                UpdateDeadline::Continue(left)
            }
        }
    }

    /// Keeps the clock going until the [end](Self::end) of the call: it lasts, or waits.
    pub(crate) fn hold(&mut self) {
        if !self.holds {
            self.holds = true;
            self.clock.held.fetch_add(1, Ordering::SeqCst);
            self.clock.sign(self.clock.ticks.load(Ordering::Relaxed));
        }
    }

    /// The call is over.
    pub(crate) fn end(&mut self) {
        if self.holds {
            self.holds = false;
            self.clock.held.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// It is at that time.
    pub(crate) fn set(&mut self, at: Instant) {
        self.at = Some(at);
    }

    /// How much of it is left.
    pub(crate) fn left(&self) -> Duration {
        if let Some(at) = self.at {
            return at.saturating_duration_since(Instant::now());
        }
        TICK.saturating_mul(u32::try_from(self.ticks_left()).unwrap_or(u32::MAX))
    }

    fn ticks_left(&self) -> u64 {
        self.tick.saturating_sub(self.clock.ticks.load(Ordering::Relaxed))
    }
}

/// The same moment, for who does not hold the clock.
impl Clone for Deadline {
    fn clone(&self) -> Self {
        Self { clock: self.clock.clone(), tick: self.tick, holds: false, at: self.at }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.end();
    }
}

impl Clock {
    pub(crate) fn start() -> std::io::Result<Self> {
        let face = Arc::new(Face {
            driven: Mutex::default(),
            ticks: AtomicU64::new(ASLEEP + 1),
            began: Instant::now(),
            now: AtomicU64::new(0),
            sign: AtomicU64::new(ASLEEP + 1),
            held: AtomicUsize::new(0),
            thread: OnceLock::new(),
        });
        let watched = Arc::downgrade(&face);
        let handle = thread::Builder::new().name("ambit-clock".to_owned()).spawn(move || tick(&watched))?;
        face.thread.get_or_init(|| handle.thread().clone());
        Ok(Self(face))
    }

    /// Keeps it going until what this gives is dropped.
    pub(crate) fn watch(&self) -> Watch<'_> {
        self.0.held.fetch_add(1, Ordering::SeqCst);
        self.0.sign(self.0.ticks.load(Ordering::Relaxed));
        Watch(&self.0)
    }

    /// Raises the epoch of that engine too, from now on.
    pub(crate) fn drive(&self, engine: &wasmtime::Engine) {
        self.0.driven().push(engine.weak());
    }

    /// What time it is, to a tick: to ask for that costs less than to ask the system.
    pub(crate) fn now(&self) -> Moment {
        if self.is_asleep() {
            self.0.look();
        }
        Moment(self.0.now.load(Ordering::Relaxed))
    }

    /// What time it is after that.
    pub(crate) fn after(&self, span: Duration) -> Moment {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Moment(self.now().0.saturating_add(millis))
    }

    pub(crate) fn is_asleep(&self) -> bool {
        self.0.sign.load(Ordering::Acquire) == ASLEEP
    }
}

impl Drop for Face {
    fn drop(&mut self) {
        // Its thread then finds it gone, and ends.
        self.wake();
    }
}

fn tick(face: &Weak<Face>) {
    while let Some(face) = face.upgrade() {
        face.look();
        let (now, sign) = (face.ticks.load(Ordering::Relaxed), face.sign.load(Ordering::SeqCst));
        if face.held.load(Ordering::SeqCst) > 0 || now.saturating_sub(sign) < LINGER {
            for engine in face.driven().iter().filter_map(EngineWeak::upgrade) {
                engine.increment_epoch();
            }
            face.ticks.fetch_add(1, Ordering::Relaxed);
            drop(face);
            thread::sleep(TICK);
        } else if face.sign.compare_exchange(sign, ASLEEP, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            // First it says that it is asleep, then looks once more: who holds it now sees that, or is seen.
            let is_held = face.held.load(Ordering::SeqCst) > 0;
            let asleep = Arc::downgrade(&face);
            drop(face);
            if !is_held {
                thread::park();
            }
            if let Some(face) = asleep.upgrade() {
                face.sign.fetch_max(now, Ordering::SeqCst);
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
        while !clock.is_asleep() {
            thread::yield_now();
        }
        let (began, soon) = (Instant::now(), clock.after(TICK));
        while began.elapsed() < TICK * 2 {
            thread::yield_now();
        }
        assert!(clock.now() > soon);
    }

    #[test]
    fn a_call_that_begins_wakes_a_clock_that_sleeps() {
        let clock = Clock::start().unwrap();
        let mut deadline = Deadline::over(&clock);
        let asleep = || {
            while !clock.is_asleep() {
                thread::yield_now();
            }
        };
        asleep();
        deadline.begin(3);
        while deadline.ticks_left() > 0 {
            thread::yield_now();
        }
        asleep();
        deadline.hold();
        let began = clock.0.ticks.load(Ordering::Relaxed);
        while clock.0.ticks.load(Ordering::Relaxed) < began + LINGER * 2 {
            assert!(!clock.is_asleep(), "it is held");
            thread::yield_now();
        }
        deadline.end();
        asleep();
    }

    #[test]
    fn a_guest_whose_epoch_is_over_goes_on_and_holds_the_clock_until_its_time_is_over() {
        let clock = Clock::start().unwrap();
        let mut deadline = Deadline::over(&clock);
        deadline.begin(SHORT * 4);
        assert!(matches!(deadline.lasts(), UpdateDeadline::Continue(left) if left > 0));
        assert!(deadline.holds);
        while deadline.ticks_left() > 0 {
            thread::yield_now();
        }
        assert!(matches!(deadline.lasts(), UpdateDeadline::Interrupt));
        drop(deadline);
        assert_eq!(clock.0.held.load(Ordering::Relaxed), 0);
    }
}
