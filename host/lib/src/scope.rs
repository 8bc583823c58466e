//! One entered use of a manager: [`Scope`]. `awaited.rs` enters and exits what somebody may await, who has it as [`Held`].

mod awaited;
mod held;

pub(crate) use awaited::Exiting;
pub(crate) use held::Held;

use std::borrow::Cow;
use std::panic::Location;

use ambit_core::{Answer, Ending, Family, Incident, Raised, Settled, settle};
use wasmtime::Store;
use wasmtime::component::Resource;

use crate::body::{Running, Until};
use crate::cancel::Cancelled;
use crate::checkpoints::Left;
use crate::exchange::{Inputs, Value};
use crate::fault::{Fault, FaultKind, Phase};
use crate::leak::Leak;
use crate::manager::Manager;
use crate::place::{Home, Stopped};
use crate::recovery::recover;
use crate::state::{Remains, State, Visit};
use crate::trace::{Timed, Trace};

/// A manager between its enter and its exit, with the store that it lives in.
///
/// A successful enter fills it, once, and an exit empties it. Where it is dropped in between, it exits then, and that is told as a
/// [`Leak`].
pub(crate) struct Scope<'m>(
    /// There from its enter until this is used up or dropped.
    Option<Live<'m>>,
);

/// Why a scope is there where it is asked for.
const LIVE: &str = "it was entered, and is taken only as the scope is used up";

/// Why a live scope has a handle.
pub(crate) const ENTERED: &str = "it was entered";

/// Why a live scope has a value.
const GIVEN: &str = "it is taken once";

/// Why what a call gives is there.
const ENDED: &str = "the call came to its end";

/// Why what is known of a scope is there after a call.
const BACK: &str = "who is called gives it back";

/// A scope that is entered, or about to be, and did not exit.
struct Live<'m> {
    manager: Cow<'m, Manager>,
    home: Home,
    visit: Box<Visit>,
}

/// What lasts while a body runs.
pub(crate) struct InBody {
    _timed: Option<Timed>,
    _running: Option<Running>,
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
    /// Where a scope is to be entered.
    #[inline]
    pub(crate) const fn vacant() -> Self {
        Self(None)
    }

    /// Runs the manager to its yield. By `cancelled` it is told, where it asks, that its body will not run.
    pub(crate) fn enter(
        held: Cow<'m, Manager>,
        inputs: &Inputs,
        entered_at: &'static Location<'static>,
        cancelled: Cancelled,
    ) -> Result<Self, NotEntered> {
        let mut scope = Self::vacant();
        scope.enter_here(held, inputs, entered_at, cancelled)?;
        Ok(scope)
    }

    /// The same, for who leaves it where it was [vacant](Self::vacant): to move it about costs more than much of what is done for it.
    pub(crate) fn enter_here(
        &mut self,
        held: Cow<'m, Manager>,
        inputs: &Inputs,
        entered_at: &'static Location<'static>,
        cancelled: Cancelled,
    ) -> Result<(), NotEntered> {
        debug_assert!(self.0.is_none(), "it is entered once");
        if held.plugin().awaits() {
            *self = Scope::enter_awaiting(held.into_owned(), inputs, entered_at, cancelled)?;
            return Ok(());
        }
        let manager: &Manager = &held;
        let (terms, trace) = (manager.terms(), Trace::start(manager, entered_at));
        let timed = trace.enter();
        let mut home = terms.home(manager);
        let (mut visit, mut given) = (Some(home.visit(entered_at, cancelled, trace)), None);
        let called = loop {
            let inputs = inputs.clone();
            let called = home.call(manager, Phase::Enter, &mut visit, &mut given, move |guest, given| {
                let scopes = guest.plugin.ambit_scope_managers().scope();
                *given =
                    Some(match scopes.call_enter(&mut *guest.store, guest.manager, inputs.as_str())? {
                        Ok((handle, crossed)) => {
                            guest.keep(handle, crossed);
                            Ok(())
                        }
                        Err(returned) => Err(take(guest.store, returned)?),
                    });
                Ok(())
            });
            let elsewhere = match called {
                Ok(()) => break Ok(given.expect(ENDED)),
                Err(Stopped::Fault(fault) | Stopped::Undropped(fault)) => break Err(fault),
                Err(Stopped::Gone(_)) => Ok(terms.home(manager)),
                Err(Stopped::NoRoom) => terms.home_on_demand(manager),
            };
            match elsewhere {
                Ok(elsewhere) => home = elsewhere,
                Err(error) => break Err(Fault::of_host(manager.name(), Phase::Enter, &error)),
            }
        };
        self.entered(Live { manager: held, home, visit: visit.expect(BACK) }, called, timed)
    }

    /// What came of an enter that was called, and what becomes of its home.
    #[inline]
    fn entered(
        &mut self,
        mut live: Live<'m>,
        called: Result<Result<(), Raised>, Fault>,
        timed: Option<Timed>,
    ) -> Result<(), NotEntered> {
        match called {
            Ok(Ok(())) => {
                live.visit.until = Until::from_now(&live.manager);
                *self = Self(Some(live));
                Ok(())
            }
            Ok(Err(raised)) => Err(live.not_entered(Ok(raised), timed)),
            Err(fault) => Err(live.not_entered(Err(fault), timed)),
        }
    }

    /// What its enter gave, once.
    pub(crate) fn take_value(&mut self) -> Value {
        self.0.as_mut().expect(LIVE).visit.value.take().expect(GIVEN)
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
        let Live { manager, visit, .. } = self.0.as_mut().expect(LIVE);
        let fault = Fault::new(manager.name(), Phase::Enter, FaultKind::Protocol, reason);
        visit.saw = Some(fault.clone());
        fault
    }

    /// When the time of the body is over that it gives it.
    pub(crate) fn until(&self) -> Option<Until> {
        self.0.as_ref().expect(LIVE).until()
    }

    /// Begins its body.
    #[inline]
    pub(crate) fn begin_body(&self) -> InBody {
        let live = self.0.as_ref().expect(LIVE);
        InBody { _timed: live.visit.trace.body(), _running: live.until().map(Running::begin) }
    }

    /// Runs the rest of the manager, with `pending` raised at its yield, and releases the scope. Exit has a budget of its
    /// own, whatever went before.
    pub(crate) fn exit(mut self, pending: Option<&Raised>) -> Exited<'m> {
        self.0.take().expect(LIVE).exit(pending)
    }

    /// Exits, and says which error goes on, as the manager may have it, and what else happened.
    pub(crate) fn end(&mut self, pending: Option<Raised>) -> Ending {
        self.0.take().expect(LIVE).exit(pending.as_ref()).ending(pending)
    }

    /// The same as [`exit`](Self::exit), of a scope that was dropped: its engine is told.
    pub(crate) fn leak(mut self, pending: Option<&Raised>) -> Exited<'m> {
        self.0.take().expect(LIVE).leak(pending)
    }
}

impl Drop for Scope<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(live) = self.0.take() {
            live.leak(Some(&abandoned()));
        }
    }
}

impl<'m> Exited<'m> {
    /// What came of the exit that this is of. Where it answered, but was not released, that puts the fault into its second parameter: a
    /// pair would be handed back by memory, and waited for.
    #[inline]
    fn of(manager: Cow<'m, Manager>, exit: impl FnOnce(&Manager, &mut Option<Raised>) -> Answer) -> Self {
        let mut unreleased = None;
        let answer = exit(&manager, &mut unreleased);
        Self { manager, answer, unreleased }
    }

    /// Which error goes on where `pending` was given to the exit, as the manager may have it, and what else happened.
    #[inline]
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
        Self::of(manager, |_, _| Answer::Lost(fault.raise()))
    }

    /// The fault by which the cleanup was lost.
    fn lost(&self) -> Option<&Raised> {
        match &self.answer {
            Answer::Lost(fault) => Some(fault),
            Answer::Ended | Answer::Passed | Answer::Raised(_) => self.unreleased.as_ref(),
        }
    }
}

impl<'m> Live<'m> {
    fn until(&self) -> Option<Until> {
        self.visit.until.map(|at| Until::new(at, &self.manager))
    }

    /// Lets go of the home of a scope whose enter raised, or was stopped by a fault, and of what it left.
    #[cold]
    fn not_entered(self, why: Result<Raised, Fault>, timed: Option<Timed>) -> NotEntered {
        let Self { manager, home, visit } = self;
        let Visit { left, trace, .. } = *visit;
        let not = match why {
            Ok(raised) => not_entered(&manager, home, raised, left),
            Err(fault) => NotEntered::of(lost(&manager, home, fault, left).raise()),
        };
        drop(timed);
        trace.not_entered(&not.raised);
        not
    }

    #[cold]
    fn leak(self, pending: Option<&Raised>) -> Exited<'m> {
        let entered_at = self.visit.entered_at;
        let exited = self.exit(pending);
        exited.leaked(entered_at);
        exited
    }

    #[inline]
    fn exit(self, pending: Option<&Raised>) -> Exited<'m> {
        if let Home::Concurrent(_) = self.home {
            return self.exit_awaiting(pending);
        }
        let Self { manager, home, visit } = self;
        Exited::of(manager, |manager, unreleased| exit(manager, home, visit, pending, unreleased))
    }
}

/// Exits a scope of a manager that does not await. Where it answered, but was not released, the fault is put into `unreleased`.
fn exit(
    manager: &Manager,
    mut home: Home,
    mut visit: Box<Visit>,
    pending: Option<&Raised>,
    unreleased: &mut Option<Raised>,
) -> Answer {
    let timed = visit.trace.exit();
    if awaited::is_cancelled(pending) {
        visit.cancelled = Cancelled::Before;
    }
    let (raised, mut visit, mut given) = (pending.cloned(), Some(visit), None);
    let called = home.call(manager, Phase::Exit, &mut visit, &mut given, move |guest, given| {
        guest.with_handle(|guest, handle| {
            let (scopes, store) = (guest.plugin.ambit_scope_managers().scope(), &mut *guest.store);
            let pending = raised.map(|raised| store.data_mut().table.push(raised)).transpose()?;
            *given = Some(match scopes.call_exit(&mut *store, handle, pending)? {
                Ok(()) => Answer::Ended,
                Err(returned) => Answer::Raised(take(store, returned)?),
            });
            guest.drop(handle);
            Ok(())
        })
    });
    ended(manager, home, visit.expect(BACK), called, given, pending, unreleased, timed)
}

/// What came of an exit that was called, and what becomes of its home. One that was stopped as it dropped the handle has answered before.
#[expect(clippy::too_many_arguments, reason = "what is in a struct is handed on by memory, and waited for")]
fn ended(
    manager: &Manager,
    mut home: Home,
    mut visit: Box<Visit>,
    called: Result<(), Stopped>,
    given: Option<Answer>,
    pending: Option<&Raised>,
    unreleased: &mut Option<Raised>,
    timed: Option<Timed>,
) -> Answer {
    // It is settled when all that follows is done.
    let Remains { left, saw, trace, settles } = visit.close();
    home.spare(visit);
    let answer = match called {
        Ok(()) => {
            let answer = given.expect(ENDED);
            *unreleased = exited(manager, home, saw, pending, &answer, left).map(Fault::raise);
            answer
        }
        Err(stopped) => self::stopped(manager, home, stopped, given, pending, left, unreleased),
    };
    drop(timed);
    trace.exited(pending, &answer);
    drop(settles);
    answer
}

/// The answer of an exit that was stopped. Where it answered all the same, but was not released, the fault is put into `unreleased`.
#[cold]
fn stopped(
    manager: &Manager,
    home: Home,
    stopped: Stopped,
    given: Option<Answer>,
    pending: Option<&Raised>,
    left: Option<Box<Left>>,
    unreleased: &mut Option<Raised>,
) -> Answer {
    let lost = match stopped {
        // A store that saw a fault goes with the scope: nothing in it can be called any more.
        Stopped::Undropped(fault) => {
            home.leave();
            let answer = given.expect(ENDED);
            let fault = match own(pending, &answer) {
                Some(_) => recovered(manager, fault, left),
                None => {
                    forget(left);
                    fault
                }
            };
            *unreleased = Some(fault.raise());
            return answer;
        }
        Stopped::Fault(fault) => lost(manager, home, fault, left),
        Stopped::Gone(fault) => {
            home.leave();
            recovered(manager, fault, left)
        }
        // Its instance was made when it was entered.
        Stopped::NoRoom => lost(manager, home, Fault::no_room(manager.name(), Phase::Exit), left),
    };
    Answer::Lost(lost.raise())
}

/// What happened beside the error that goes on.
#[cold]
fn incidents(manager: &Manager, incident: Option<Incident>, unreleased: Option<Raised>) -> Vec<Incident> {
    let settled = incident.map(|incident| incident.of(manager.name()));
    settled.into_iter().chain(unreleased.map(Incident::Lost)).collect()
}

/// Lets go of the home of a scope whose enter raised, and of what it left.
fn not_entered(manager: &Manager, home: Home, raised: Raised, left: Option<Box<Left>>) -> NotEntered {
    let mut unreleased = None;
    if let Some(fault) = broken(manager, Phase::Enter, &raised) {
        home.leave();
        raised.set_native(recovered(manager, fault, left));
    } else if left.is_some() {
        home.leave();
        if let Some(fault) = self::unreleased(manager, Phase::Enter, &raised, left) {
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
    left: Option<Box<Left>>,
) -> Option<Fault> {
    if let Some(raised) = own(pending, answer) {
        return exited_with(manager, home, saw, raised, left);
    }
    match saw {
        Some(fault) => home.condemn(&fault),
        None => manager.terms().release(home),
    }
    forget(left);
    None
}

/// The same, of one that raised this error of its own.
#[cold]
fn exited_with(
    manager: &Manager,
    home: Home,
    saw: Option<Fault>,
    raised: &Raised,
    left: Option<Box<Left>>,
) -> Option<Fault> {
    let breach = broken(manager, Phase::Exit, raised);
    match saw {
        Some(fault) => home.condemn(&fault),
        None if breach.is_some() || left.is_some() => home.leave(),
        None => manager.terms().release(home),
    }
    match breach {
        Some(fault) => {
            raised.set_native(recovered(manager, fault, left));
            None
        }
        None => unreleased(manager, Phase::Exit, raised, left),
    }
}

/// The fault by which a scope was lost, once its store is dropped, and what it held beyond that is released.
#[cold]
fn lost(manager: &Manager, home: Home, fault: Fault, left: Option<Box<Left>>) -> Fault {
    // First the store: what it holds, such as an open file, must not be in the way of the recovery.
    home.condemn(&fault);
    recovered(manager, fault, left)
}

/// The fault by which a scope was lost, once what it held is released as far as its plugin can do that.
#[cold]
fn recovered(manager: &Manager, fault: Fault, left: Option<Box<Left>>) -> Fault {
    let Some(left) = left else { return fault };
    let recovery = recover(manager.plugin(), manager.name(), manager.terms(), &left.state);
    left.settle(recovery.problem());
    fault.recovered(recovery)
}

/// Recovers a scope that left a checkpoint, if it did, and then raised this error of its own, so that it may not have released all.
/// A fault where that fails. Its home was left before: what its store holds, such as an open file, must not be in the way.
#[cold]
fn unreleased(manager: &Manager, phase: Phase, raised: &Raised, left: Option<Box<Left>>) -> Option<Fault> {
    left.as_ref()?;
    let reason = format!("it raised an error of its own: {raised}");
    let fault = Fault::new(manager.name(), phase, FaultKind::Unreleased, reason);
    let fault = recovered(manager, fault, left);
    tracing::debug!(%fault, "it may not have released all");
    fault.recovery().is_some_and(|recovery| recovery.problem().is_some()).then_some(fault)
}

/// What a scope left is of no use once its exit came to its end without an error of its own.
#[inline]
fn forget(left: Option<Box<Left>>) {
    if let Some(left) = left {
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
