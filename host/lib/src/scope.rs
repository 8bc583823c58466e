//! One entered use of a manager: [`Scope`].

use std::time::Duration;

use ambit_core::{Answer, Family, Incident, Policy, Raised};
use wasmtime::Store;
use wasmtime::component::{Resource, ResourceAny};

use crate::deadline;
use crate::exchange::{Inputs, Value};
use crate::fault::{Fault, FaultKind, Phase};
use crate::isolation::{self, Place};
use crate::manager::Manager;
use crate::state::State;
use crate::trace::Trace;

/// A manager between its enter and its exit, with the store that it lives in.
///
/// It is made by a successful enter and used up by exit, so that the types rule out entering twice, exiting first, and
/// exiting twice.
pub(crate) struct Scope {
    place: Place,
    handle: ResourceAny,
    manager: Manager,
    trace: Trace,
}

/// What came of an exit.
pub(crate) struct Exited {
    pub(crate) answer: Answer,
    /// What the caller must be told beside the answer: the scope could not be released.
    pub(crate) incident: Option<Incident>,
}

/// Lets the store's time begin: every call of a guest is preceded by this.
pub(crate) fn arm(store: &mut Store<State>, budget: Duration) {
    store.set_epoch_deadline(deadline::ticks(budget));
    store.data_mut().deadline = deadline::end(budget);
}

impl Scope {
    /// Runs the manager to its yield.
    pub(crate) fn enter(manager: &Manager, inputs: &Inputs) -> Result<(Self, Value), Raised> {
        let trace = Trace::start(manager);
        let entered = trace.phase(Phase::Enter, || {
            let place = isolation::place(manager.plugin(), manager.name(), manager.terms())?;
            Self::enter_at(place, manager, inputs)
        });
        match entered {
            Ok((place, handle, value)) => {
                Ok((Self { place, handle, manager: manager.clone(), trace }, value))
            }
            Err(raised) => {
                trace.not_entered(&raised);
                Err(raised)
            }
        }
    }

    fn enter_at(
        mut place: Place,
        manager: &Manager,
        inputs: &Inputs,
    ) -> Result<(Place, ResourceAny, Value), Raised> {
        arm(&mut place.store, manager.limits_now().enter);
        let watch = manager.plugin().engine().clock().watch();
        let scopes = place.instance.ambit_scope_managers().scope();
        let called = scopes.call_enter(&mut place.store, manager.name(), inputs.as_str());
        drop(watch);
        let fault = |error: &wasmtime::Error, store: &Store<State>| {
            Fault::of_call(manager.name(), Phase::Enter, error, store.data()).raise()
        };
        match called {
            Err(error) => Err(fault(&error, &place.store)),
            Ok(Err(handle)) => {
                Err(take(&mut place.store, handle).unwrap_or_else(|error| fault(&error, &place.store)))
            }
            Ok(Ok((handle, crossed))) => {
                let value = Value::new(crossed);
                match value.broken() {
                    None => Ok((place, handle, value)),
                    Some(reason) => {
                        // It was entered, so it is exited.
                        let scope = Self { place, handle, manager: manager.clone(), trace: Trace::off() };
                        drop(scope.exit(Some(&abandoned())));
                        Err(Fault::new(manager.name(), Phase::Enter, FaultKind::Protocol, reason).raise())
                    }
                }
            }
        }
    }

    /// What the host's user lets this manager do to the error that it is given.
    pub(crate) fn policy(&self) -> Policy {
        self.manager.policy_now()
    }

    /// Runs the rest of the manager, with `pending` raised at its yield, and releases the scope. Exit has a budget of its
    /// own, whatever went before.
    pub(crate) fn exit(mut self, pending: Option<&Raised>) -> Exited {
        let trace = std::mem::replace(&mut self.trace, Trace::off());
        let exited = trace.phase(Phase::Exit, || self.run_exit(pending));
        trace.exited(pending, &exited);
        exited
    }

    fn run_exit(mut self, pending: Option<&Raised>) -> Exited {
        let store = &mut self.place.store;
        let clock = self.manager.plugin().engine().clock();
        arm(store, self.manager.limits_now().exit);
        let watch = clock.watch();
        let name = self.manager.name();
        let lost = |phase, error: &wasmtime::Error, store: &Store<State>| {
            Fault::of_call(name, phase, error, store.data()).raise()
        };

        let given = match pending.map(|pending| store.data_mut().table.push(pending.clone())).transpose() {
            Ok(given) => given,
            Err(error) => {
                let fault = lost(Phase::Exit, &error.into(), store);
                return Exited { answer: Answer::Lost(fault), incident: None };
            }
        };
        let scopes = self.place.instance.ambit_scope_managers().scope();
        let called = scopes.call_exit(&mut *store, self.handle, given);
        let answer = match called {
            Ok(Ok(())) => Answer::Ended,
            Ok(Err(handle)) => match take(store, handle) {
                Ok(raised) => Answer::Raised(raised),
                Err(error) => Answer::Lost(lost(Phase::Exit, &error, store)),
            },
            Err(error) => {
                let fault = lost(Phase::Exit, &error, store);
                return Exited { answer: Answer::Lost(fault), incident: None };
            }
        };
        let dropped = self.handle.resource_drop(&mut *store);
        drop(watch);
        let incident = dropped.err().map(|error| Incident::Lost(lost(Phase::Drop, &error, store)));
        Exited { answer, incident }
    }
}

/// The error that a guest returned a handle of.
fn take(store: &mut Store<State>, handle: Resource<Raised>) -> wasmtime::Result<Raised> {
    Ok(store.data_mut().table.delete(handle)?)
}

/// What a scope is exited with where its body never ended.
pub(crate) fn abandoned() -> Raised {
    Raised::new(Family::Cancelled, [ambit_kinds::ABANDONED], "the scope was given up before its body ended")
}
