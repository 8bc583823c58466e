//! One entered use of a manager: [`Scope`].

use std::panic::Location;

use ambit_core::{Answer, Family, Incident, Raised};
use wasmtime::Store;
use wasmtime::component::{Resource, ResourceAny};

use crate::call;
use crate::exchange::{Inputs, Value};
use crate::fault::{Fault, FaultKind, Phase};
use crate::isolation::Place;
use crate::leak::Leak;
use crate::manager::Manager;
use crate::state::State;
use crate::trace::Trace;

/// A manager between its enter and its exit, with the store that it lives in.
///
/// It is made by a successful enter and used up by exit, so that the types rule out entering twice, exiting first, and
/// exiting twice. Where it is dropped, it exits then, and that is told as a [`Leak`].
pub(crate) struct Scope(
    /// There until this is used up or dropped.
    Option<Live>,
);

/// Why a scope is there where it is asked for.
const LIVE: &str = "it is taken only as the scope is used up";

struct Live {
    place: Box<Place>,
    handle: ResourceAny,
    manager: Manager,
    trace: Trace,
    entered_at: &'static Location<'static>,
}

/// What came of an exit.
pub(crate) struct Exited {
    pub(crate) manager: Manager,
    pub(crate) answer: Answer,
    /// What the caller must be told beside the answer: the scope could not be released.
    pub(crate) incident: Option<Incident>,
}

impl Scope {
    /// Runs the manager to its yield.
    pub(crate) fn enter(
        manager: &Manager,
        inputs: &Inputs,
        entered_at: &'static Location<'static>,
    ) -> Result<(Self, Value), Raised> {
        let trace = Trace::start(manager, entered_at);
        let entered = trace.phase(Phase::Enter, || Self::run_enter(manager, inputs));
        match entered {
            Ok((place, handle, value)) => {
                let manager = manager.clone();
                Ok((Self(Some(Live { place, handle, manager, trace, entered_at })), value))
            }
            Err(raised) => {
                trace.not_entered(&raised);
                Err(raised)
            }
        }
    }

    /// To make the instance is part of enter, and under its budget.
    fn run_enter(manager: &Manager, inputs: &Inputs) -> Result<(Box<Place>, ResourceAny, Value), Raised> {
        let (plugin, terms) = (manager.plugin(), manager.terms());
        let mut place = terms.place(plugin.engine());
        let Place { store, instance, .. } = &mut *place;
        let called = call::guest(manager.clock(), store, terms.limits.enter, |store| {
            let instance = match instance {
                Some(instance) => instance,
                None => instance.insert(plugin.pre().instantiate(&mut *store)?),
            };
            let scopes = instance.ambit_scope_managers().scope();
            match scopes.call_enter(&mut *store, manager.name(), inputs.as_str())? {
                Ok(entered) => Ok(Ok(entered)),
                Err(returned) => take(store, returned).map(Err),
            }
        });
        match called {
            Err(error) => Err(Fault::of_call(manager.name(), Phase::Enter, &error, store.data()).raise()),
            Ok(Err(raised)) => {
                if !broke_the_contract(manager, Phase::Enter, &raised) {
                    terms.release(place);
                }
                Err(raised)
            }
            Ok(Ok((handle, crossed))) => Ok((place, handle, Value::new(crossed))),
        }
    }

    /// The fault of an enter that gave what is no value. The scope was entered, so it is exited.
    pub(crate) fn enter_in_vain(self, reason: String) -> Raised {
        let exited = self.exit(Some(&abandoned()));
        let fault = Fault::new(exited.manager.name(), Phase::Enter, FaultKind::Protocol, reason).raise();
        if let Some(lost) = exited.lost() {
            fault.set_context(Some(lost.clone()));
        }
        fault
    }

    pub(crate) fn trace(&self) -> &Trace {
        &self.0.as_ref().expect(LIVE).trace
    }

    /// Runs the rest of the manager, with `pending` raised at its yield, and releases the scope. Exit has a budget of its
    /// own, whatever went before.
    pub(crate) fn exit(mut self, pending: Option<&Raised>) -> Exited {
        self.0.take().expect(LIVE).exit(pending)
    }

    /// The same, of a scope that was dropped: its engine is told.
    pub(crate) fn leak(mut self, pending: Option<&Raised>) -> Exited {
        self.0.take().expect(LIVE).leak(pending)
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        if let Some(live) = self.0.take() {
            live.leak(Some(&abandoned()));
        }
    }
}

impl Exited {
    /// The fault by which the cleanup was lost.
    fn lost(&self) -> Option<&Raised> {
        match (&self.answer, &self.incident) {
            (Answer::Lost(fault), _) | (_, Some(Incident::Lost(fault))) => Some(fault),
            _ => None,
        }
    }
}

impl Live {
    fn leak(self, pending: Option<&Raised>) -> Exited {
        let entered_at = self.entered_at;
        let exited = self.exit(pending);
        let (name, plugin) = (exited.manager.name(), exited.manager.plugin());
        let fault = exited.lost().and_then(Raised::native).cloned();
        plugin.engine().leaked(Leak {
            manager: name.to_owned(),
            plugin: plugin.name().to_owned(),
            entered_at,
            fault,
        });
        exited
    }

    fn exit(mut self, pending: Option<&Raised>) -> Exited {
        let trace = std::mem::replace(&mut self.trace, Trace::off());
        let exited = trace.phase(Phase::Exit, || self.run_exit(pending));
        trace.exited(pending, &exited);
        exited
    }

    fn run_exit(self, pending: Option<&Raised>) -> Exited {
        let Self { mut place, handle, manager, .. } = self;
        let Place { store, instance, .. } = &mut *place;
        let budget = manager.terms().limits.exit;
        let called = call::guest(manager.clock(), store, budget, |store| {
            let pending = pending.map(|pending| store.data_mut().table.push(pending.clone())).transpose()?;
            let instance =
                instance.as_ref().ok_or_else(|| wasmtime::format_err!("the scope has no instance"))?;
            let answer =
                match instance.ambit_scope_managers().scope().call_exit(&mut *store, handle, pending)? {
                    Ok(()) => Answer::Ended,
                    Err(returned) => Answer::Raised(take(store, returned)?),
                };
            Ok((answer, handle.resource_drop(store)))
        });
        let fault = |phase, error| Fault::of_call(manager.name(), phase, &error, store.data()).raise();
        let (answer, incident) = match called {
            Ok((answer, Ok(()))) => {
                if !is_broken(&manager, pending, &answer) {
                    manager.terms().release(place);
                }
                (answer, None)
            }
            // A store that saw a fault goes with the scope: nothing in it can be called any more.
            Ok((answer, Err(error))) => (answer, Some(Incident::Lost(fault(Phase::Drop, error)))),
            Err(error) => (Answer::Lost(fault(Phase::Exit, error)), None),
        };
        Exited { manager, answer, incident }
    }
}

/// Whether what an exit answered is that it broke the contract itself.
fn is_broken(manager: &Manager, pending: Option<&Raised>, answer: &Answer) -> bool {
    match answer {
        Answer::Raised(raised) if pending.is_none_or(|pending| !pending.is_same(raised)) => {
            broke_the_contract(manager, Phase::Exit, raised)
        }
        _ => false,
    }
}

/// Whether the guest's SDK says that the manager broke the contract; which one, and when, the error then tells.
fn broke_the_contract(manager: &Manager, phase: Phase, raised: &Raised) -> bool {
    let broke = raised.family() == Family::Fault && raised.native::<Fault>().is_none();
    if broke {
        let reason = format!("it {}", raised.message());
        raised.set_native(Fault::new(manager.name(), phase, FaultKind::Protocol, reason));
    }
    broke
}

/// The error that a guest returned a handle of.
fn take(store: &mut Store<State>, handle: Resource<Raised>) -> wasmtime::Result<Raised> {
    Ok(store.data_mut().table.delete(handle)?)
}

/// What a scope is exited with where its body never ended.
pub(crate) fn abandoned() -> Raised {
    Raised::new(Family::Cancelled, [ambit_kinds::ABANDONED], "the scope was given up before its body ended")
}
