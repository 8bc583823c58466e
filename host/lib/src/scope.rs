//! One entered use of a manager: [`Scope`]. `awaited.rs` enters and exits what somebody may await, who has it as [`Held`].

mod awaited;
mod held;

pub(crate) use awaited::Exiting;
pub(crate) use held::Held;

use std::borrow::Cow;
use std::panic::Location;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use ambit_core::{Answer, Ending, Family, Incident, Raised, Settled, settle};
use wasmtime::Store;
use wasmtime::component::{Resource, ResourceAny};

use crate::body::Until;
use crate::cancel::Cancelled;
use crate::exchange::{Inputs, Value};
use crate::fault::{Fault, FaultKind, Phase};
use crate::leak::Leak;
use crate::manager::Manager;
use crate::place::{Home, Stopped};
use crate::recovery::recover;
use crate::settling::Settles;
use crate::state::{State, Visit};
use crate::trace::Trace;

/// A manager between its enter and its exit, with the store that it lives in.
///
/// It is made by a successful enter and used up by exit, so that the types rule out entering twice, exiting first, and
/// exiting twice. Where it is dropped, it exits then, and that is told as a [`Leak`].
pub(crate) struct Scope<'m>(
    /// There until this is used up or dropped.
    Option<(Cow<'m, Manager>, Box<Live>)>,
);

/// Why a scope is there where it is asked for.
const LIVE: &str = "it is taken only as the scope is used up";

/// What is known of a scope between its enter and its exit. In a box, since scopes are moved about.
struct Live {
    home: Home,
    handle: ResourceAny,
    visit: Visit,
    /// A fault that its store saw, which it survived.
    saw: Option<Fault>,
    trace: Trace,
    /// When the time of the body is over.
    until: Option<Instant>,
    /// That it is to exit, where somebody waits for that.
    settles: OnceLock<Arc<Settles>>,
}

/// Why a manager was not entered.
pub(crate) struct NotEntered {
    pub(crate) raised: Raised,
    /// The fault by which it may still hold something, where the error itself does not stand for that.
    pub(crate) unreleased: Option<Raised>,
}

impl NotEntered {
    fn of(raised: Raised) -> Self {
        Self { raised, unreleased: None }
    }
}

/// What came of an exit.
pub(crate) struct Exited<'m> {
    pub(crate) manager: Cow<'m, Manager>,
    pub(crate) answer: Answer,
    /// The fault by which the scope was not released, where it answered all the same.
    pub(crate) unreleased: Option<Raised>,
}

impl<'m> Scope<'m> {
    /// Runs the manager to its yield. By `cancelled` it is told, where it asks, that its body will not run.
    pub(crate) fn enter(
        manager: Cow<'m, Manager>,
        inputs: &Inputs,
        entered_at: &'static Location<'static>,
        cancelled: Cancelled,
    ) -> Result<(Self, Value), NotEntered> {
        if manager.plugin().awaits() {
            return Scope::enter_awaiting(manager.into_owned(), inputs, entered_at, cancelled);
        }
        let trace = Trace::start(&manager, entered_at);
        let timed = trace.enter();
        let entered = Self::run_enter(manager, inputs, entered_at, cancelled);
        drop(timed);
        match entered {
            Ok((mut scope, value)) => {
                scope.live_mut().trace = trace;
                Ok((scope, value))
            }
            Err(not) => {
                trace.not_entered(&not.raised);
                Err(not)
            }
        }
    }

    fn run_enter(
        held: Cow<'m, Manager>,
        inputs: &Inputs,
        entered_at: &'static Location<'static>,
        cancelled: Cancelled,
    ) -> Result<(Self, Value), NotEntered> {
        let manager: &Manager = &held;
        let terms = manager.terms();
        let mut home = terms.home(manager);
        let mut visit = Visit::new(entered_at);
        visit.cancelled = cancelled;
        let mut given = None;
        let called = loop {
            let inputs = inputs.clone();
            let called = home.call(manager, Phase::Enter, &mut visit, &mut given, move |guest, given| {
                let scopes = guest.plugin.ambit_scope_managers().scope();
                *given =
                    Some(match scopes.call_enter(&mut *guest.store, guest.manager, inputs.as_str())? {
                        Ok(entered) => Ok(entered),
                        Err(returned) => Err(take(guest.store, returned)?),
                    });
                Ok(())
            });
            let elsewhere = match called {
                Ok(_) => break Ok(given.expect("the call came to its end")),
                Err(Stopped::Fault(fault)) => break Err(fault),
                Err(Stopped::Gone(_)) => Ok(terms.home(manager)),
                Err(Stopped::NoRoom) => terms.home_on_demand(manager),
            };
            match elsewhere {
                Ok(elsewhere) => home = elsewhere,
                Err(error) => break Err(Fault::of_host(manager.name(), Phase::Enter, &error)),
            }
        };
        entered(held, home, visit, called)
    }

    /// The fault of an enter that gave what is no value. The scope was entered, so it is exited; its store serves no other.
    #[cold]
    pub(crate) fn enter_in_vain(mut self, reason: String) -> Raised {
        let fault = self.saw(reason);
        let exited = self.exit(Some(&abandoned()));
        exited.in_vain(fault)
    }

    /// The fault of an enter that gave what is no value, by which its store is lost as soon as it has exited.
    pub(crate) fn saw(&mut self, reason: String) -> Fault {
        let (manager, live) = self.0.as_mut().expect(LIVE);
        let fault = Fault::new(manager.name(), Phase::Enter, FaultKind::Protocol, reason);
        live.saw = Some(fault.clone());
        fault
    }

    pub(crate) fn trace(&self) -> &Trace {
        &self.0.as_ref().expect(LIVE).1.trace
    }

    fn live_mut(&mut self) -> &mut Live {
        &mut self.0.as_mut().expect(LIVE).1
    }

    /// When the time of the body is over that it gives it.
    pub(crate) fn until(&self) -> Option<Until> {
        let (manager, live) = self.0.as_ref().expect(LIVE);
        live.until.map(|at| Until::new(at, manager))
    }

    /// Runs the rest of the manager, with `pending` raised at its yield, and releases the scope. Exit has a budget of its
    /// own, whatever went before.
    pub(crate) fn exit(mut self, pending: Option<&Raised>) -> Exited<'m> {
        let (manager, live) = self.0.take().expect(LIVE);
        live.exit(manager, pending)
    }

    /// Exits, and says which error goes on, as the manager may have it, and what else happened.
    pub(crate) fn end(self, pending: Option<Raised>) -> Ending {
        self.exit(pending.as_ref()).ending(pending)
    }

    /// The same as [`exit`](Self::exit), of a scope that was dropped: its engine is told.
    pub(crate) fn leak(mut self, pending: Option<&Raised>) -> Exited<'m> {
        let (manager, live) = self.0.take().expect(LIVE);
        live.leak(manager, pending)
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        if let Some((manager, live)) = self.0.take() {
            live.leak(manager, Some(&abandoned()));
        }
    }
}

impl<'m> Exited<'m> {
    /// Which error goes on where `pending` was given to the exit, as the manager may have it, and what else happened.
    pub(crate) fn ending(self, pending: Option<Raised>) -> Ending {
        let Self { manager, answer, unreleased } = self;
        let Settled { pending, incident } = settle(pending, answer, &manager.terms().policy);
        let incidents = match (incident, unreleased) {
            (None, None) => Vec::new(),
            (incident, unreleased) => incidents(&manager, incident, unreleased),
        };
        // Who called knows the one manager that there is.
        Ending { pending, raised_by: None, incidents }
    }

    /// The fault of an enter that gave what is no value, after this exit.
    fn in_vain(&self, fault: Fault) -> Raised {
        let raised = fault.raise();
        if let Some(lost) = self.lost() {
            raised.set_context(Some(lost.clone()));
        }
        raised
    }

    /// Tells the engine that its scope was dropped.
    fn leaked(&self, entered_at: &'static Location<'static>) {
        let plugin = self.manager.plugin();
        let fault = self.lost().and_then(Raised::native).cloned();
        plugin.engine().leaked(Leak {
            manager: self.manager.name().to_owned(),
            plugin: plugin.name().to_owned(),
            entered_at,
            fault,
        });
    }

    /// Nobody said what came of it.
    fn untold(manager: Cow<'m, Manager>) -> Self {
        let fault = untold(manager.name(), Phase::Exit);
        Self { manager, answer: Answer::Lost(fault.raise()), unreleased: None }
    }

    /// The fault by which the cleanup was lost.
    fn lost(&self) -> Option<&Raised> {
        match &self.answer {
            Answer::Lost(fault) => Some(fault),
            Answer::Ended | Answer::Passed | Answer::Raised(_) => self.unreleased.as_ref(),
        }
    }
}

impl Live {
    #[cold]
    fn leak<'m>(self: Box<Self>, manager: Cow<'m, Manager>, pending: Option<&Raised>) -> Exited<'m> {
        let entered_at = self.visit.entered_at;
        let exited = self.exit(manager, pending);
        exited.leaked(entered_at);
        exited
    }

    fn exit<'m>(mut self: Box<Self>, manager: Cow<'m, Manager>, pending: Option<&Raised>) -> Exited<'m> {
        if let Home::Concurrent(_) = &self.home {
            return self.exit_awaiting(manager, pending);
        }
        let trace = std::mem::replace(&mut self.trace, Trace::off());
        let timed = trace.exit();
        let exited = self.run_exit(manager, pending);
        drop(timed);
        trace.exited(pending, &exited);
        exited
    }

    fn run_exit<'m>(mut self: Box<Self>, held: Cow<'m, Manager>, pending: Option<&Raised>) -> Exited<'m> {
        let (handle, raised) = (self.handle, pending.cloned());
        let mut given = None;
        if awaited::is_cancelled(pending) {
            self.visit.cancelled = Cancelled::Before;
        }
        let Self { home, visit, .. } = &mut *self;
        let called = home.call(&held, Phase::Exit, visit, &mut given, move |guest, given| {
            let (scopes, store) = (guest.plugin.ambit_scope_managers().scope(), &mut *guest.store);
            let pending = raised.map(|raised| store.data_mut().table.push(raised)).transpose()?;
            *given = Some(match scopes.call_exit(&mut *store, handle, pending)? {
                Ok(()) => Answer::Ended,
                Err(returned) => Answer::Raised(take(store, returned)?),
            });
            guest.drop(handle);
            Ok(())
        });
        self.ended(held, called, given, pending)
    }

    /// What came of an exit that was called, and what becomes of its home.
    #[expect(clippy::boxed_local, reason = "it comes in its box, and is not to be copied out of it")]
    fn ended<'m>(
        self: Box<Self>,
        held: Cow<'m, Manager>,
        called: Result<Option<Fault>, Stopped>,
        given: Option<Answer>,
        pending: Option<&Raised>,
    ) -> Exited<'m> {
        let Self { home, visit, saw, .. } = *self;
        let manager: &Manager = &held;
        let answered = || given.expect("the call came to its end");
        let (answer, unreleased) = match called {
            Ok(None) => {
                let answer = answered();
                let unreleased = exited(manager, home, saw, pending, &answer, visit);
                (answer, unreleased.map(Fault::raise))
            }
            // A store that saw a fault goes with the scope: nothing in it can be called any more.
            Ok(Some(fault)) => {
                home.leave();
                let answer = answered();
                let fault = match own(pending, &answer) {
                    Some(_) => recovered(manager, fault, visit),
                    None => {
                        forget(visit);
                        fault
                    }
                };
                (answer, Some(fault.raise()))
            }
            Err(Stopped::Fault(fault)) => (Answer::Lost(lost(manager, home, fault, visit).raise()), None),
            Err(Stopped::Gone(fault)) => {
                home.leave();
                (Answer::Lost(recovered(manager, fault, visit).raise()), None)
            }
            // Its instance was made when it was entered.
            Err(Stopped::NoRoom) => {
                let fault = Fault::no_room(manager.name(), Phase::Exit);
                (Answer::Lost(lost(manager, home, fault, visit).raise()), None)
            }
        };
        Exited { manager: held, answer, unreleased }
    }
}

/// What happened beside the error that goes on.
#[cold]
fn incidents(manager: &Manager, incident: Option<Incident>, unreleased: Option<Raised>) -> Vec<Incident> {
    let settled = incident.map(|incident| incident.of(manager.name()));
    settled.into_iter().chain(unreleased.map(Incident::Lost)).collect()
}

/// What came of an enter that was called, and what becomes of its home.
fn entered<'m>(
    held: Cow<'m, Manager>,
    home: Home,
    visit: Visit,
    called: Result<Result<(ResourceAny, String), Raised>, Fault>,
) -> Result<(Scope<'m>, Value), NotEntered> {
    let manager: &Manager = &held;
    match called {
        Ok(Ok((handle, crossed))) => {
            let until = Until::from_now(manager);
            let (saw, trace, settles) = (None, Trace::off(), OnceLock::new());
            let live = Live { home, handle, visit, saw, trace, until, settles };
            Ok((Scope(Some((held, Box::new(live)))), Value::new(crossed)))
        }
        Ok(Err(raised)) => Err(not_entered(manager, home, raised, visit)),
        Err(fault) => Err(NotEntered::of(lost(manager, home, fault, visit).raise())),
    }
}

/// Lets go of the home of a scope whose enter raised, and of what it left.
#[cold]
fn not_entered(manager: &Manager, home: Home, raised: Raised, visit: Visit) -> NotEntered {
    let mut unreleased = None;
    if let Some(fault) = broken(manager, Phase::Enter, &raised) {
        home.leave();
        raised.set_native(recovered(manager, fault, visit));
    } else if visit.left.is_some() {
        home.leave();
        if let Some(fault) = self::unreleased(manager, Phase::Enter, &raised, visit) {
            fault.recovery().iter().for_each(|failed| raised.add_note(failed.to_string()));
            // An error of the host's own stands for that one already.
            raised.set_native(fault.clone());
            unreleased = raised.native::<Fault>().is_none().then(|| fault.raise());
        }
    } else {
        manager.terms().release(home);
    }
    NotEntered { raised, unreleased }
}

/// Lets go of the home of a scope that answered, and of what it left. A fault where it may hold something still.
fn exited(
    manager: &Manager,
    home: Home,
    saw: Option<Fault>,
    pending: Option<&Raised>,
    answer: &Answer,
    visit: Visit,
) -> Option<Fault> {
    if let Some(raised) = own(pending, answer) {
        return exited_with(manager, home, saw, raised, visit);
    }
    match saw {
        Some(fault) => home.condemn(&fault),
        None => manager.terms().release(home),
    }
    forget(visit);
    None
}

/// The same, of one that raised this error of its own.
#[cold]
fn exited_with(
    manager: &Manager,
    home: Home,
    saw: Option<Fault>,
    raised: &Raised,
    visit: Visit,
) -> Option<Fault> {
    let breach = broken(manager, Phase::Exit, raised);
    match saw {
        Some(fault) => home.condemn(&fault),
        None if breach.is_some() || visit.left.is_some() => home.leave(),
        None => manager.terms().release(home),
    }
    match breach {
        Some(fault) => {
            raised.set_native(recovered(manager, fault, visit));
            None
        }
        None => unreleased(manager, Phase::Exit, raised, visit),
    }
}

/// The fault by which a scope was lost, once its store is dropped, and what it held beyond that is released.
#[cold]
fn lost(manager: &Manager, home: Home, fault: Fault, visit: Visit) -> Fault {
    // First the store: what it holds, such as an open file, must not be in the way of the recovery.
    home.condemn(&fault);
    recovered(manager, fault, visit)
}

/// The fault by which a scope was lost, once what it held is released as far as its plugin can do that.
#[cold]
fn recovered(manager: &Manager, fault: Fault, visit: Visit) -> Fault {
    let Some(left) = visit.left else { return fault };
    let recovery = recover(manager.plugin(), manager.name(), manager.terms(), &left.state);
    left.settle(recovery.problem());
    fault.recovered(recovery)
}

/// Recovers a scope that left a checkpoint, if it did, and then raised this error of its own, so that it may not have released all.
/// A fault where that fails. Its home was left before: what its store holds, such as an open file, must not be in the way.
#[cold]
fn unreleased(manager: &Manager, phase: Phase, raised: &Raised, visit: Visit) -> Option<Fault> {
    visit.left.as_ref()?;
    let reason = format!("it raised an error of its own: {raised}");
    let fault = Fault::new(manager.name(), phase, FaultKind::Unreleased, reason);
    let fault = recovered(manager, fault, visit);
    tracing::debug!(%fault, "it may not have released all");
    fault.recovery().is_some_and(|recovery| recovery.problem().is_some()).then_some(fault)
}

/// What a scope left is of no use once its exit came to its end without an error of its own.
fn forget(visit: Visit) {
    if let Some(left) = visit.left {
        left.forget();
    }
}

/// The error that an exit raised of its own: another than it was given.
fn own<'a>(pending: Option<&Raised>, answer: &'a Answer) -> Option<&'a Raised> {
    match answer {
        Answer::Raised(raised) if pending.is_none_or(|pending| !pending.is_same(raised)) => Some(raised),
        _ => None,
    }
}

/// The fault of a manager of which the guest's SDK says that it broke the contract. The instance itself did not: those that
/// share it go on.
fn broken(manager: &Manager, phase: Phase, raised: &Raised) -> Option<Fault> {
    let broke = raised.family() == Family::Fault && raised.native::<Fault>().is_none();
    let reason = || format!("it {}", raised.message());
    broke.then(|| Fault::new(manager.name(), phase, FaultKind::Protocol, reason()))
}

/// The error that a guest returned a handle of.
fn take(store: &mut Store<State>, handle: Resource<Raised>) -> wasmtime::Result<Raised> {
    Ok(store.data_mut().table.delete(handle)?)
}

/// The fault where nobody said what came of a call.
#[cold]
pub(crate) fn untold(manager: &str, phase: Phase) -> Fault {
    let reason = "nobody told what came of it: the process ends, or the host's own code panicked";
    Fault::new(manager, phase, FaultKind::Host, reason)
}

/// What a scope is exited with where its body never ended.
pub(crate) fn abandoned() -> Raised {
    Raised::new(Family::Cancelled, [ambit_kinds::ABANDONED], "the scope was given up before its body ended")
}
