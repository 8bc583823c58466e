//! The same for the world of managers that await.

use std::marker::PhantomData;

use super::find;
use crate::bindings::concurrent::exports::ambit::scope_async::{managers as wit, recovery};
use crate::drive::Entered;
use crate::export::Offers;
use crate::raised::Raised;
use crate::{Error, Manager, Parameter, Result};

impl<P: Offers> wit::Guest for P {
    type Scope = Scope<P>;

    fn describe() -> Vec<wit::Manager> {
        P::managers().iter().copied().map(describe).collect()
    }
}

impl<P: Offers> recovery::Guest for P {
    async fn recover(manager: String, state: String) -> Result<(), Raised> {
        find(P::managers(), &manager).and_then(|manager| manager.recover(&state)).map_err(Error::into_raised)
    }
}

/// A scope that the host holds.
#[expect(missing_debug_implementations, reason = "only the generated exports see it")]
pub struct Scope<P> {
    entered: Entered,
    plugin: PhantomData<P>,
}

impl<P: Offers> wit::GuestScope for Scope<P> {
    async fn enter(manager: String, inputs: String) -> Result<(wit::Scope, String), Raised> {
        let entered = async { Entered::enter(find(P::managers(), &manager)?, &inputs).await };
        let (entered, value) = entered.await.map_err(Error::into_raised)?;
        let scope: Self = Self { entered, plugin: PhantomData };
        Ok((wit::Scope::new(scope), value))
    }

    async fn exit(scope: wit::Scope, failure: Option<Raised>) -> Result<(), Raised> {
        let body = failure.map_or(Ok(()), |raised| Err(Error::from(raised)));
        let Self { entered, .. } = scope.into_inner();
        entered.exit(body).await.map_err(Error::into_raised)
    }
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
