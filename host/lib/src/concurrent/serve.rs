//! The task that has a store, and drives what is in flight in it: [`serve()`].

use std::any::Any;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use ambit_core::{Answer, Raised};
use futures::future::{Either, FusedFuture};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use wasmtime::Store;
use wasmtime::component::{Accessor, GuestTaskId, Resource};

use super::flights::{Asked, At, Flight, Number};
use super::{Call, Called, Face, Given, Pre};
use crate::bindings::v0_1::concurrent::Scopes;
use crate::call::HostPanicked;
use crate::driver;
use crate::engine::Engine;
use crate::fault::{Fault, FaultKind, Phase};
use crate::instances::{self, Counted};
use crate::place::Stopped;
use crate::shared::Entered;
use crate::state::State;
use crate::waiting::BudgetSpent;

/// Drives what is in flight in a store, until nobody asks for more and all has ended, or a fault ends all.
/// `ends` comes first, so that it is the last to go: also where this is dropped before it runs.
pub(super) async fn serve(ends: Ends, mut store: Store<State>, pre: Pre, engine: Engine) {
    let face = ends.0.clone();
    let why = {
        let running = AssertUnwindSafe(run(&mut store, &pre, &face)).catch_unwind();
        let (mut running, mut overdue) = (pin!(running), pin!(face.flights.overdue()));
        poll_fn(|context| {
            if face.ends.load(Ordering::Acquire) {
                return Poll::Ready(Some(Why::Ended));
            }
            // The clock ticks while a guest computes, and need not while all of them wait.
            let watch = engine.clock().watch();
            let entered = Entered::all(&[face.address()]);
            let ran = running.as_mut().poll(context);
            drop((entered, watch));
            match ran {
                Poll::Ready(Ok(Ok(()))) => Poll::Ready(None),
                Poll::Ready(Ok(Err(error))) => Poll::Ready(Some(Why::Failed(error))),
                Poll::Ready(Err(payload)) => Poll::Ready(Some(Why::Failed(panicked(&*payload)))),
                Poll::Pending => overdue.as_mut().poll(context).map(|number| Some(Why::Overdue(number))),
            }
        })
        .await
    };
    if let Some(why) = why {
        fail(store, &face, &why);
    }
}

/// Tells those that are in flight, and that nobody told, once no more can be asked for: what drives the store has panicked, or nobody
/// drives it.
pub(super) struct Ends(pub(super) Arc<Face>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.open.store(false, Ordering::Relaxed);
        for (_, flight) in self.0.flights.close() {
            let gone = self.0.gone(flight.manager(), flight.phase);
            flight.told(Stopped::Gone(gone));
        }
    }
}

/// Why a store is of no more use.
enum Why {
    /// A call failed, or its import.
    Failed(wasmtime::Error),
    /// The time of this call is over.
    Overdue(Number),
    /// All calls went well; but one of them gave what broke the contract, or nobody is in it any more.
    Ended,
}

fn panicked(payload: &(dyn Any + Send)) -> wasmtime::Error {
    HostPanicked::of(payload).into()
}

async fn run(store: &mut Store<State>, pre: &Pre, face: &Face) -> wasmtime::Result<()> {
    let Some(mut first) = asked(face).await else { return Ok(()) };
    let _counted = Counted::new(instances::MAPPINGS_AWAITING)?;
    let instance = pre.plugin.instance_pre().instantiate_async(&mut *store).await?;
    let scopes = pre.functions.in_instance(store, &instance)?;
    face.made.store(true, Ordering::Relaxed);
    loop {
        // What the guest has begun beside its calls goes on only while one of them is in flight: that has a budget.
        store.run_concurrent(async |accessor| calls(accessor, scopes, face, first).await).await??;
        let Some(next) = asked(face).await else { return Ok(()) };
        first = next;
    }
}

async fn asked(face: &Face) -> Option<Asked> {
    poll_fn(|_| face.flights.next()).await
}

/// Calls the guest, until no call is in flight. It ends at once then: Wasmtime would go on with what the guest waits for, even where no
/// task of the guest is left, and call it.
async fn calls(
    accessor: &Accessor<State>,
    scopes: Scopes,
    face: &Face,
    first: Asked,
) -> wasmtime::Result<()> {
    // Most are alone, and need no more than this.
    let mut first = pin!(call(accessor, scopes, face, first).fuse());
    let mut others: Option<FuturesUnordered<_>> = None;
    poll_fn(|context| {
        if let Poll::Ready(called) = first.as_mut().poll(context) {
            called?;
        }
        loop {
            while let Poll::Ready(Some(next)) = face.flights.next() {
                others.get_or_insert_default().push(call(accessor, scopes, face, next));
            }
            match others.as_mut().map(|others| others.poll_next_unpin(context)) {
                Some(Poll::Ready(Some(called))) => called?,
                Some(Poll::Pending) => return Poll::Pending,
                None | Some(Poll::Ready(None)) if first.is_terminated() => return Poll::Ready(Ok(())),
                None | Some(Poll::Ready(None)) => return Poll::Pending,
            }
        }
    })
    .await
}

/// Calls the guest for one scope, and tells what came of it, if it came to its end.
async fn call(accessor: &Accessor<State>, scopes: Scopes, face: &Face, asked: Asked) -> wasmtime::Result<()> {
    let Asked { number, call } = asked;
    let run = |task: GuestTaskId, state: &mut State| {
        if let Some((visit, until, is_only)) = face.flights.run(number) {
            // What those that are in flight have written is of theirs, too: of several, a fault tells the end of what all wrote.
            if is_only {
                state.output.clear();
                state.used.begin();
            }
            state.visit.add(number, task, visit, until);
        }
        task
    };
    let (task, gave) = match call {
        Call::Enter(manager, inputs) => {
            let inputs = (manager, inputs.into_string());
            let begun = accessor.with(|mut access| {
                let begun = scopes.enter.start_call_concurrent(&mut access, inputs)?;
                run(begun.task(), access.data_mut());
                Ok::<_, wasmtime::Error>(begun)
            })?;
            let task = begun.task();
            let (entered,) = scopes.enter.finish_call_concurrent(accessor, begun).await?;
            (task, Either::Left(entered))
        }
        Call::Exit(scope, pending) => {
            let begun = accessor.with(|mut access| {
                let state = access.data_mut();
                let pending = pending.map(|raised| state.table.push(raised)).transpose()?;
                let begun = scopes.exit.start_call_concurrent(&mut access, (scope, pending))?;
                run(begun.task(), access.data_mut());
                Ok::<_, wasmtime::Error>(begun)
            })?;
            let task = begun.task();
            let (exited,) = scopes.exit.finish_call_concurrent(accessor, begun).await?;
            (task, Either::Right(exited))
        }
    };
    driver::gets_on();
    let (given, visit, is_full) = accessor.with(|mut access| {
        let state = access.data_mut();
        let given = match gave {
            Either::Left(entered) => Given::Entered(taken(state, entered)?),
            Either::Right(exited) => {
                Given::Exited(taken(state, exited)?.map_or_else(Answer::Raised, |()| Answer::Ended))
            }
        };
        let visit = state.visit.remove(number, task, &mut state.used);
        Ok::<_, wasmtime::Error>((given, visit, is_full(state, face)))
    })?;
    let Some((Flight { caller, .. }, is_last)) = face.flights.end(number) else { return Ok(()) };
    let is_over = !matches!(given, Given::Entered(Ok(_)));
    // What goes on beside other scopes may be theirs.
    let is_left = is_over && is_last && face.live.load(Ordering::Relaxed) == 1;
    if is_full || (is_left && goes_on(accessor)) {
        // Those that are in it stay; it serves no others.
        face.open.store(false, Ordering::Relaxed);
    }
    if let Some(visit) = visit {
        caller.told(Called { visit, given: Ok(given) });
    }
    Ok(())
}

/// Whether a task of the guest has not come to its end.
fn goes_on(accessor: &Accessor<State>) -> bool {
    accessor.poll_no_interesting_tasks(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// What the guest gave, with the error that it returned a handle of.
fn taken<T>(state: &mut State, given: Result<T, Resource<Raised>>) -> wasmtime::Result<Result<T, Raised>> {
    Ok(match given {
        Ok(given) => Ok(given),
        Err(handle) => Err(state.table.delete(handle)?),
    })
}

/// Whether the store had better serve no more scopes. Every so many scopes it is looked through for leaks.
fn is_full(state: &mut State, face: &Face) -> bool {
    let uses = face.uses.load(Ordering::Relaxed);
    let look = uses > 0 && uses.is_multiple_of(LOOK);
    !state.used.suffices() || (look && state.leaks_beside(face.live.load(Ordering::Relaxed)))
}

/// After how many scopes a store is looked through for leaks.
const LOOK: u32 = 64;

/// Drops a store that is of no more use, and tells all that were in flight.
fn fail(mut store: Store<State>, face: &Face, why: &Why) {
    face.open.store(false, Ordering::Relaxed);
    let flights = face.flights.drain();
    let of_call = |manager: &str, phase: Phase| match why {
        Why::Failed(error) => Fault::of_call(manager, phase, error, store.data()),
        Why::Overdue(_) => Fault::of_call(manager, phase, &BudgetSpent.into(), store.data()),
        Why::Ended => face.gone(manager, phase),
    };
    // Where more than one was in flight, Wasmtime does not say which of them it was that trapped.
    let is_culprit = |number: Number| matches!(why, Why::Overdue(overdue) if *overdue == number);
    let culprit = flights.iter().find(|(number, _)| is_culprit(*number));
    let fault = match culprit.or_else(|| flights.first()) {
        Some((_, flight)) => of_call(flight.manager(), flight.phase),
        // Nobody is there to be told.
        None => of_call("?", Phase::Enter),
    };
    let cannot_be_made = !face.made.load(Ordering::Relaxed) && !matches!(why, Why::Ended);
    let stopped = |number: Number, flight: &Flight| {
        let has_run = matches!(flight.at, At::Guest);
        let told = match why {
            Why::Overdue(_) if is_culprit(number) => return Stopped::Fault(fault.clone()),
            Why::Failed(_) if has_run || cannot_be_made => {
                return Stopped::Fault(of_call(flight.manager(), flight.phase));
            }
            Why::Failed(_) | Why::Overdue(_) => shared(flight, &fault),
            Why::Ended => of_call(flight.manager(), flight.phase),
        };
        // A guest that has run may have left a checkpoint, or acquired what no second enter would know of. And what cannot be made would
        // not be made elsewhere either.
        if has_run || cannot_be_made { Stopped::Fault(told) } else { Stopped::Gone(told) }
    };
    let stopped: Vec<_> = flights.iter().map(|(number, flight)| stopped(*number, flight)).collect();
    let mut visits = store.data_mut().visit.drain();
    if !matches!(why, Why::Ended) {
        face.lost.get_or_init(|| fault);
    }
    drop(store);
    // From now on who asks is told at once. Those that asked since are told here: nothing of the guest has run for them.
    let late = face.flights.close();
    for ((number, mut flight), stopped) in flights.into_iter().zip(stopped) {
        if let Some(visit) = visits.remove(&number) {
            flight.at = At::Start(visit);
        }
        flight.told(stopped);
    }
    for (_, flight) in late {
        let gone = face.gone(flight.manager(), flight.phase);
        flight.told(Stopped::Gone(gone));
    }
}

fn shared(flight: &Flight, fault: &Fault) -> Fault {
    let reason = format!("the store that it shared was lost: {fault}");
    Fault::new(flight.manager(), flight.phase, FaultKind::Lost, reason)
}
