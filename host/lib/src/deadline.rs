//! Budgets of time: the clock that ends what a guest computes, and what it waits for.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::io::poll as waiting;
use wasmtime_wasi::p2::bindings::sync::io::poll;
use wasmtime_wasi::runtime::in_tokio;

use crate::state::State;

/// How often the clock ticks, and so how exact a budget is.
const TICK: Duration = Duration::from_millis(5);

/// For how many ticks without a call the clock goes on, so that calls in a row need not start it.
const LINGER: usize = 40;

/// A host import was still waiting when the time of the phase was over.
#[derive(Debug, thiserror::Error)]
#[error("the budget is spent")]
pub(crate) struct BudgetSpent;

/// The clock of an engine: a thread that raises its epoch while guests run, and sleeps while none does.
pub(crate) struct Clock {
    shared: Arc<Shared>,
    thread: Thread,
}

struct Shared {
    engine: wasmtime::Engine,
    /// How often it ticked: the engine's epoch, which cannot be asked.
    ticks: AtomicU64,
    calls: AtomicUsize,
    asleep: AtomicBool,
}

/// A call of a guest that the clock watches until it is dropped.
pub(crate) struct Watch<'a>(&'a Shared);

/// When the time of a phase is over.
pub(crate) struct Deadline {
    clock: Arc<Shared>,
    tick: u64,
}

impl Deadline {
    /// No time is left yet: every call sets it.
    pub(crate) fn over(clock: &Clock) -> Self {
        Self { clock: clock.shared.clone(), tick: 0 }
    }

    /// Begins a budget of so many [`ticks`].
    pub(crate) fn begin(&mut self, ticks: u64) {
        self.tick = self.clock.ticks.load(Ordering::Relaxed).saturating_add(ticks);
    }

    /// How much of it is left.
    fn left(&self) -> Duration {
        let ticks = self.tick.saturating_sub(self.clock.ticks.load(Ordering::Relaxed));
        TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
    }
}

impl Clock {
    pub(crate) fn start(engine: wasmtime::Engine) -> std::io::Result<Self> {
        let (ticks, calls, asleep) = (AtomicU64::new(0), AtomicUsize::new(0), AtomicBool::new(false));
        let shared = Arc::new(Shared { engine, ticks, calls, asleep });
        let watched = Arc::downgrade(&shared);
        let handle = thread::Builder::new().name("ambit-clock".to_owned()).spawn(move || tick(&watched))?;
        Ok(Self { shared, thread: handle.thread().clone() })
    }

    /// Watches a call, from now on.
    pub(crate) fn watch(&self) -> Watch<'_> {
        self.shared.calls.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        Watch(&self.shared)
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        // The thread then finds its engine gone, and ends.
        self.thread.unpark();
    }
}

fn tick(shared: &Weak<Shared>) {
    let mut idle = 0;
    while let Some(shared) = shared.upgrade() {
        if idle < LINGER {
            idle = if shared.calls.load(Ordering::SeqCst) == 0 { idle + 1 } else { 0 };
            shared.engine.increment_epoch();
            shared.ticks.fetch_add(1, Ordering::Relaxed);
            drop(shared);
            thread::sleep(TICK);
        } else {
            // First say that it is asleep, then look once more: a call that begins now sees one or is seen.
            shared.asleep.store(true, Ordering::SeqCst);
            let none = shared.calls.load(Ordering::SeqCst) == 0;
            let asleep = Arc::downgrade(&shared);
            drop(shared);
            if none {
                thread::park();
            }
            if let Some(shared) = asleep.upgrade() {
                shared.asleep.store(false, Ordering::SeqCst);
            }
            idle = 0;
        }
    }
}

/// How many ticks from now a budget ends.
pub(crate) fn ticks(budget: Duration) -> u64 {
    let ticks = budget.as_nanos().div_ceil(TICK.as_nanos()).saturating_add(1);
    // The epoch must not wrap around: a budget of ages never ends.
    u64::try_from(ticks).unwrap_or(u64::MAX).min(u64::MAX >> 1)
}

/// Puts in place what a guest waits by, `wasi:io/poll`, bounded by the budget of the phase: epochs do not interrupt a host
/// import.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    poll::add_to_linker::<State, Bounded<'static>>(linker, |state| Bounded {
        table: &mut state.table,
        deadline: &state.deadline,
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

struct Bounded<'a> {
    table: &'a mut ResourceTable,
    deadline: &'a Deadline,
}

impl HasData for Bounded<'static> {
    type Data<'a> = Bounded<'a>;
}

impl Bounded<'_> {
    fn wait<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut ResourceTable) -> wasmtime::Result<T>,
    ) -> wasmtime::Result<T> {
        let Self { table, deadline } = self;
        in_tokio(async {
            match tokio::time::timeout(deadline.left(), work(table)).await {
                Ok(done) => done,
                Err(_) => Err(BudgetSpent.into()),
            }
        })
    }
}

impl poll::Host for Bounded<'_> {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.wait(async |table| waiting::Host::poll(table, pollables).await)
    }
}

impl poll::HostPollable for Bounded<'_> {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        poll::HostPollable::ready(self.table, pollable)
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.wait(async |table| waiting::HostPollable::block(table, pollable).await)
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        poll::HostPollable::drop(self.table, pollable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_at_least_what_it_says() {
        assert_eq!(ticks(Duration::ZERO), 1);
        assert_eq!(ticks(TICK), 2);
        assert_eq!(ticks(TICK + Duration::from_nanos(1)), 3);
        assert_eq!(ticks(Duration::MAX), u64::MAX >> 1);
    }
}
