//! What the host keeps in a store: [`State`].

use std::collections::hash_map::Entry;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use rustc_hash::FxHashMap;
use wasmtime::StoreContextMut;
use wasmtime::component::{GuestTaskId, ResourceAny, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::cancel::Cancelled;
use crate::checkpoints::{Keeper, Left};
use crate::deadline::Deadline;
use crate::exchange::Value;
use crate::fault::Fault;
use crate::limits::{Made, Used};
use crate::output::Output;
use crate::scope::ENTERED;
use crate::settling::Settles;
use crate::trace::Trace;
use crate::waiting::BudgetSpent;

/// What the host keeps in a store.
pub(crate) struct State {
    pub(crate) wasi: WasiCtx,
    pub(crate) table: ResourceTable,
    pub(crate) used: Used,
    pub(crate) output: Output,
    /// When the time of the phase is over.
    pub(crate) deadline: Deadline,
    /// The scope whose enter or exit runs.
    pub(crate) visit: Visited,
    /// What writes their checkpoints into the journal, if there is one.
    pub(crate) keeper: Option<Arc<Keeper>>,
    /// Whether its plugin offers a recovery: one that does not leaves no checkpoints.
    pub(crate) recovers: bool,
    /// Whether it was granted directories: what is asked of the system for a file can take for ever.
    pub(crate) reaches_files: bool,
    /// Whether nobody waits for the guest any more, since the system held it up for too long.
    pub(crate) given_up: Arc<AtomicBool>,
}

/// What is known of a scope. It is in a box: the guest's store has it while that is called for the scope, and gives it back.
pub(crate) struct Visit {
    /// Its last checkpoint.
    pub(crate) left: Option<Box<Left>>,
    /// Whether its body was cancelled.
    pub(crate) cancelled: Cancelled,
    /// Where in the host's program it was entered.
    pub(crate) entered_at: &'static Location<'static>,
    /// There once it is entered.
    pub(crate) handle: Option<ResourceAny>,
    /// What its enter gave, until somebody reads it for the body.
    pub(crate) value: Option<Value>,
    /// When the time of the body is over.
    pub(crate) until: Option<Instant>,
    /// A fault that its store saw, which it survived.
    pub(crate) saw: Option<Fault>,
    pub(crate) trace: Trace,
    /// That it is to exit, where somebody waits for that.
    pub(crate) settles: OnceLock<Arc<Settles>>,
}

impl Visit {
    /// Of a scope that is to be entered.
    pub(crate) fn new(
        entered_at: &'static Location<'static>,
        cancelled: Cancelled,
        trace: Trace,
    ) -> Box<Self> {
        let settles = OnceLock::new();
        Box::new(Self {
            left: None,
            cancelled,
            entered_at,
            handle: None,
            value: None,
            until: None,
            saw: None,
            trace,
            settles,
        })
    }

    /// Gives what is to be seen to now that its scope has ended, and lets go of all else: who waits for the next scope must not
    /// hold what this one had to do with.
    #[inline]
    pub(crate) fn close(&mut self) -> Remains {
        let Self { left, cancelled, entered_at: _, handle, value, until, saw, trace, settles } = self;
        (*cancelled, *handle, *value, *until) = (Cancelled::Never, None, None, None);
        Remains { left: left.take(), saw: saw.take(), trace: std::mem::take(trace), settles: settles.take() }
    }

    /// Its guest gave this as it was entered.
    pub(crate) fn keep(&mut self, handle: ResourceAny, value: String) {
        (self.handle, self.value) = (Some(handle), Some(Value::new(value)));
    }

    /// Is of another scope, once it was [closed](Self::close).
    pub(crate) fn renew(
        &mut self,
        entered_at: &'static Location<'static>,
        cancelled: Cancelled,
        trace: Trace,
    ) {
        (self.cancelled, self.entered_at, self.trace) = (cancelled, entered_at, trace);
    }
}

/// What is to be seen to once a scope has ended, as [`Visit`] has it.
pub(crate) struct Remains {
    pub(crate) left: Option<Box<Left>>,
    pub(crate) saw: Option<Fault>,
    pub(crate) trace: Trace,
    pub(crate) settles: Option<Arc<Settles>>,
}

/// Where the guest finds the scope that it is called for.
pub(crate) enum Visited {
    /// Here, if there is one.
    Own(Option<Box<Visit>>),
    /// With who waits for the call, and takes it back where it gives the call up.
    Watched(Arc<Mutex<Option<Box<Visit>>>>),
    /// Several, each by the number of its call.
    Many(Calls),
}

/// The scopes for which a guest is called at once.
#[derive(Default)]
pub(crate) struct Calls {
    /// Each at the number of its call. Those numbers are small, and given again.
    all: Vec<Option<Called>>,
    /// Which task of the guest runs for which. Wasmtime gives the id of a task that has ended to the next one, also before who called
    /// has seen that end.
    tasks: FxHashMap<GuestTaskId, usize>,
    /// For which of them the guest ran as it was looked for last.
    now: Option<usize>,
    /// What the guest has made for none of them.
    made: Made,
}

/// A scope for which a guest is called.
struct Called {
    visit: Box<Visit>,
    /// When its time is over.
    until: Instant,
    /// What it has made, where the guest runs for another now.
    made: Made,
}

impl Calls {
    /// The guest runs for this one now: what it makes is counted for it.
    fn run(&mut self, next: Option<usize>, used: &mut Used) {
        if self.now != next {
            let going_on = std::mem::take(self.made(next));
            *self.made(self.now) = used.go_on(going_on);
            self.now = next;
        }
    }

    fn made(&mut self, call: Option<usize>) -> &mut Made {
        let called = call.and_then(|call| self.all.get_mut(call)?.as_mut());
        called.map_or(&mut self.made, |called| &mut called.made)
    }
}

impl Default for Visited {
    fn default() -> Self {
        Self::Own(None)
    }
}

impl Visited {
    /// Has this scope here while its guest is called, or gives it back, with what the guest has left.
    pub(crate) fn swap(&mut self, visit: &mut Option<Box<Visit>>) {
        let Self::Own(own) = self else { unreachable!("who is called on this thread has none other") };
        std::mem::swap(own, visit);
    }

    /// Does this with the scope, if there is one.
    pub(crate) fn with<T>(&mut self, work: impl FnOnce(Option<&mut Visit>) -> T) -> T {
        match self {
            Self::Own(visit) => work(visit.as_deref_mut()),
            Self::Watched(visit) => work(visit.lock().unwrap_or_else(PoisonError::into_inner).as_deref_mut()),
            Self::Many(Calls { all, now, .. }) => {
                let called = now.and_then(|now| all.get_mut(now)?.as_mut());
                work(called.map(|called| &mut *called.visit))
            }
        }
    }

    /// The handle of the scope where it is watched: an error where nobody waits for the call any more.
    #[cold]
    pub(crate) fn watched_handle(&self) -> Result<ResourceAny, BudgetSpent> {
        let Self::Watched(visit) = self else { unreachable!("who is called alone is called for a scope") };
        let visit = visit.lock().unwrap_or_else(PoisonError::into_inner);
        visit.as_ref().map(|visit| visit.handle.expect(ENTERED)).ok_or(BudgetSpent)
    }

    /// Has one more scope here while its guest is called: by the call of this number, which runs as this task.
    pub(crate) fn add(&mut self, number: usize, task: GuestTaskId, visit: Box<Visit>, until: Instant) {
        if let Self::Many(Calls { all, tasks, .. }) = self {
            if all.len() <= number {
                all.resize_with(number + 1, || None);
            }
            all[number] = Some(Called { visit, until, made: Made::default() });
            tasks.insert(task, number);
        }
    }

    /// Gives back what was [added](Self::add), with what the guest has left.
    pub(crate) fn remove(&mut self, number: usize, task: GuestTaskId, used: &mut Used) -> Option<Box<Visit>> {
        let Self::Many(calls) = self else { return None };
        if calls.now == Some(number) {
            calls.run(None, used);
        }
        let Calls { all, tasks, .. } = calls;
        if let Entry::Occupied(known) = tasks.entry(task)
            && *known.get() == number
        {
            known.remove();
        }
        all.get_mut(number)?.take().map(|called| called.visit)
    }

    /// Those that are here while their guests are called, by the numbers of the calls, once none can be called any more.
    pub(crate) fn drain(&mut self) -> FxHashMap<usize, Box<Visit>> {
        match std::mem::take(self) {
            Self::Many(Calls { all, .. }) => {
                let visit = |(number, called): (usize, Option<Called>)| Some((number, called?.visit));
                all.into_iter().enumerate().filter_map(visit).collect()
            }
            Self::Own(_) | Self::Watched(_) => FxHashMap::default(),
        }
    }
}

/// Finds out for which of its scopes the guest of a store runs, ahead of an import that asks for it.
pub(crate) fn find_visit(store: &mut StoreContextMut<'_, State>) -> wasmtime::Result<()> {
    if matches!(store.data().visit, Visited::Many(_)) {
        let task = store.async_call_stack()?.last();
        let State { visit, deadline, used, .. } = store.data_mut();
        if let Visited::Many(calls) = visit {
            calls.run(task.and_then(|task| calls.tasks.get(&task)).copied(), used);
            if let Some(called) = calls.now.and_then(|now| calls.all.get(now)?.as_ref()) {
                deadline.set(called.until);
            }
        }
    }
    Ok(())
}

/// How many handles a guest may leave open, of files, streams and errors: its C library keeps some for the standard streams and
/// the granted directories. One that leaves more is leaking them.
const LEFT_OPEN: usize = 64;

impl State {
    /// Begins a call that may take so many [`ticks`](crate::deadline::ticks).
    pub(crate) fn begin(&mut self, ticks: u64) {
        self.output.clear();
        self.used.begin();
        self.deadline.begin(ticks);
    }

    /// What every import begins with: a guest that was given up has no handles any more. It must not do what nobody knows of, in
    /// the moment until it sees that its time is over.
    pub(crate) fn begin_import(&mut self) {
        if self.given_up.load(Ordering::Acquire) {
            self.table = ResourceTable::new();
            self.table.set_max_capacity(0);
        }
    }

    /// Whether the guest leaks handles. This takes a look at each.
    pub(crate) fn leaks(&mut self) -> bool {
        self.table.iter_mut().take(LEFT_OPEN + 1).count() > LEFT_OPEN
    }

    /// The same, of a guest that has so many live scopes besides.
    pub(crate) fn leaks_beside(&mut self, scopes: u32) -> bool {
        let may = LEFT_OPEN + 4 * scopes as usize;
        self.table.iter_mut().take(may + 1).count() > may
    }

    /// Whether the guest holds more than half of the handles that it may, for its live scopes or by leaking. This takes a
    /// look at each.
    pub(crate) fn is_half_full(&mut self) -> bool {
        let half = self.used.limits().handles / 2;
        self.table.iter_mut().take(half + 1).count() > half
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.begin_import();
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

#[cfg(test)]
mod tests {
    use ambit_core::{Family, Raised};

    use super::*;
    use crate::deadline::Clock;
    use crate::isolation::Terms;

    #[test]
    fn an_import_of_a_guest_that_was_given_up_finds_no_handle_and_gets_none() {
        let clock = Clock::start().unwrap();
        let mut store = Terms::default().store(&clock, &wasmtime::Engine::default(), 0);
        let state = store.data_mut();
        let raised = Raised::new(Family::Error, ["kind"], "message");
        let handle = state.table.push(raised.clone()).unwrap();
        assert!(state.ctx().table.get(&handle).is_ok());
        state.given_up.store(true, Ordering::Release);
        let WasiCtxView { table, .. } = state.ctx();
        assert!(table.get(&handle).is_err());
        assert!(table.push(raised).is_err());
    }
}
