//! The world's `managers` and `recovery`, for any plugin: conversions, and the choice of the manager by its name.

#[cfg(target_env = "p2")]
mod concurrent;

use std::cell::Cell;
use std::marker::PhantomData;

use super::Offers;
use crate::bindings::exports::ambit::scope::managers as wit;
use crate::bindings::exports::ambit::scope::recovery;
use crate::drive::{DID_NOT_STOP, DID_NOT_YIELD, Entered, at_once};
use crate::raised::Raised;
use crate::{Error, Manager, Parameter, Result};

impl<P: Offers> wit::Guest for P {
    type Scope = Scope<P>;

    fn describe() -> Vec<wit::Manager> {
        P::managers().iter().copied().map(describe).collect()
    }
}

impl<P: Offers> recovery::Guest for P {
    fn recover(manager: String, state: String) -> Result<(), Raised> {
        find(P::managers(), &manager).and_then(|manager| manager.recover(&state)).map_err(Error::into_raised)
    }
}

/// A scope that the host holds: empty once it has exited.
#[expect(missing_debug_implementations, reason = "only the generated exports see it")]
pub struct Scope<P> {
    entered: Cell<Option<Entered>>,
    plugin: PhantomData<P>,
}

impl<P: Offers> wit::GuestScope for Scope<P> {
    fn enter(manager: String, inputs: String) -> Result<(wit::Scope, String), Raised> {
        let (entered, value) = find(P::managers(), &manager)
            .and_then(|manager| at_once(DID_NOT_YIELD, Entered::enter(manager, &inputs)))
            .map_err(Error::into_raised)?;
        let scope: Self = Self { entered: Cell::new(Some(entered)), plugin: PhantomData };
        Ok((wit::Scope::new(scope), value))
    }

    fn exit(&self, failure: Option<Raised>) -> Result<(), Raised> {
        let body = failure.map_or(Ok(()), |raised| Err(Error::from(raised)));
        match self.entered.take() {
            Some(entered) => at_once(DID_NOT_STOP, entered.exit(body)),
            // It has exited; there is nothing that it has to say.
            None => body,
        }
        .map_err(Error::into_raised)
    }
}

fn find(managers: &[&'static Manager], name: &str) -> Result<&'static Manager> {
    managers.iter().copied().find(|manager| manager.name() == name).ok_or_else(|| {
        let names: Vec<_> = managers.iter().map(|manager| format!("`{}`", manager.name())).collect();
        let message = format!("there is no manager `{name}`: the plugin offers {}", names.join(", "));
        Error::new(["rust:ambit_guest::NoSuchManager", ambit_kinds::NOT_FOUND], message)
    })
}

fn describe(manager: &Manager) -> wit::Manager {
    let parameter = |parameter: &Parameter| wit::Parameter {
        name: parameter.name().to_owned(),
        doc: parameter.doc().to_owned(),
        initial: parameter.initial().map(String::from),
    };
    wit::Manager {
        name: manager.name().to_owned(),
        doc: manager.doc().to_owned(),
        parameters: manager.parameters().iter().map(parameter).collect(),
    }
}
