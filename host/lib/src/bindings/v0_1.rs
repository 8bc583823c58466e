//! `ambit:scope@0.1`.

pub(crate) mod concurrent;

use wasmtime::AsContextMut;
use wasmtime::component::{Access, Linker};

use crate::errors::{Errors, Handle};
use crate::plugin::{Description, Parameter};
use crate::state::{State, find_visit};

mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "plugin",
        imports: {
            // Which scope it is that asks, Wasmtime knows: the store.
            "ambit:scope/checkpoints": store | trappable,
            "ambit:scope/phase": store | trappable,
            // These take of what a scope may make.
            "ambit:scope/errors.[constructor]raised": store | trappable,
            "ambit:scope/errors.[static]raised.broken": store | trappable,
            "ambit:scope/errors.[static]raised.group": store | trappable,
            "ambit:scope/errors.[method]raised.add-note": store | trappable,
            default: trappable,
        },
        with: { "ambit:scope/errors.raised": ambit_core::Raised },
    });
}

/// The world of plugins that recover: what they export beside the other.
mod generated_recoverable {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "recoverable",
        imports: { default: trappable },
        with: {
            "ambit:scope/errors": super::generated::ambit::scope::errors,
            "ambit:scope/checkpoints": super::generated::ambit::scope::checkpoints,
            "ambit:scope/phase": super::generated::ambit::scope::phase,
        },
    });
}

pub(crate) use generated::ambit::scope::{checkpoints, phase};
pub(crate) use generated::{Plugin, PluginPre};

use generated::ambit::scope::errors;
use generated::exports::ambit::scope::managers;
use generated_recoverable::RecoverablePre;

/// What the interface that a plugin exports is called, without its version.
pub(crate) const MANAGERS: &str = "ambit:scope/managers";

/// The version of the contract that this module speaks.
pub(crate) const VERSION: &str = "0.1.0";

/// The plugin, as one that recovers; an error where it exports no `recovery`.
pub(crate) fn recoverable(pre: &PluginPre<State>) -> wasmtime::Result<RecoverablePre<State>> {
    RecoverablePre::new(pre.instance_pre().clone())
}

/// Offers the interface `errors` to plugins.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    errors::add_to_linker::<State, Errors<'static>>(linker, |state| Errors::of(state))
}

/// What plugins say of their managers, in either world: the same records, which are of a type in each.
macro_rules! description {
    ($manager:ty) => {
        impl TryFrom<$manager> for Description {
            type Error = (String, String, serde_json::Error);

            /// The error says of which manager, and of which parameter, the default is no JSON.
            fn try_from(manager: $manager) -> Result<Self, Self::Error> {
                let parameters = manager.parameters.into_iter().map(|parameter| {
                    let initial = parameter.initial.as_deref().map(serde_json::from_str).transpose();
                    match initial {
                        Ok(initial) => Ok(Parameter { name: parameter.name, doc: parameter.doc, initial }),
                        Err(error) => Err((manager.name.clone(), parameter.name, error)),
                    }
                });
                let parameters = parameters.collect::<Result<_, _>>()?;
                Ok(Self { name: manager.name, doc: manager.doc, parameters })
            }
        }
    };
}

description!(managers::Manager);
description!(concurrent::Described);

impl errors::Host for Errors<'_> {}

impl errors::HostRaisedWithStore<State> for Errors<'static> {
    fn new(
        mut host: Access<'_, State, Self>,
        kinds: Vec<String>,
        message: String,
    ) -> wasmtime::Result<Handle> {
        find_visit(&mut host.as_context_mut())?;
        host.get().make(kinds, message)
    }

    fn broken(mut host: Access<'_, State, Self>, rule: String) -> wasmtime::Result<Handle> {
        find_visit(&mut host.as_context_mut())?;
        host.get().broke(&rule)
    }

    fn group(
        mut host: Access<'_, State, Self>,
        kinds: Vec<String>,
        message: String,
        members: Vec<Handle>,
    ) -> wasmtime::Result<Handle> {
        find_visit(&mut host.as_context_mut())?;
        let mut errors = host.get();
        let members = members.iter().map(|member| errors.get(member).cloned()).collect::<Result<_, _>>()?;
        errors.make_group(kinds, message, members)
    }

    fn add_note(mut host: Access<'_, State, Self>, this: Handle, note: String) -> wasmtime::Result<()> {
        find_visit(&mut host.as_context_mut())?;
        host.get().note(&this, note)
    }
}

impl errors::HostRaised for Errors<'_> {
    fn family(&mut self, this: Handle) -> wasmtime::Result<String> {
        Ok(self.get(&this)?.family().name().to_owned())
    }

    fn kinds(&mut self, this: Handle) -> wasmtime::Result<Vec<String>> {
        Ok(self.get(&this)?.kinds().to_vec())
    }

    fn message(&mut self, this: Handle) -> wasmtime::Result<String> {
        Ok(self.get(&this)?.message().to_owned())
    }

    fn is_same(&mut self, this: Handle, other: Handle) -> wasmtime::Result<bool> {
        Ok(self.get(&this)?.is_same(self.get(&other)?))
    }

    fn members(&mut self, this: Handle) -> wasmtime::Result<Vec<Handle>> {
        let members = self.get(&this)?.members().to_vec();
        members.into_iter().map(|member| self.give(member)).collect()
    }

    fn notes(&mut self, this: Handle) -> wasmtime::Result<Vec<String>> {
        Ok(self.get(&this)?.notes())
    }

    fn cause(&mut self, this: Handle) -> wasmtime::Result<Option<Handle>> {
        let cause = self.get(&this)?.cause();
        cause.map(|cause| self.give(cause)).transpose()
    }

    fn set_cause(&mut self, this: Handle, cause: Option<Handle>) -> wasmtime::Result<()> {
        let cause = cause.map(|cause| self.get(&cause).cloned()).transpose()?;
        self.get(&this)?.set_cause(cause);
        Ok(())
    }

    fn context(&mut self, this: Handle) -> wasmtime::Result<Option<Handle>> {
        let context = self.get(&this)?.context();
        context.map(|context| self.give(context)).transpose()
    }

    fn set_context(&mut self, this: Handle, context: Option<Handle>) -> wasmtime::Result<()> {
        let context = context.map(|context| self.get(&context).cloned()).transpose()?;
        self.get(&this)?.set_context(context);
        Ok(())
    }

    fn hides_context(&mut self, this: Handle) -> wasmtime::Result<bool> {
        Ok(self.get(&this)?.hides_context())
    }

    fn drop(&mut self, this: Handle) -> wasmtime::Result<()> {
        self.release(this)
    }
}
