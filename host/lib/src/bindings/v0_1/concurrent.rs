//! `ambit:scope-async@0.1`: plugins whose managers await.

use ambit_core::Raised;
use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, Instance, InstancePre, Resource, ResourceAny, TypedFunc};

use crate::state::State;

mod generated {
    wasmtime::component::bindgen!({
        path: ["../../wit", "../../wit/async"],
        world: "ambit:scope-async/async-plugin",
        exports: { default: async },
        with: {
            "ambit:scope/errors": super::super::generated::ambit::scope::errors,
            "ambit:scope/checkpoints": super::super::generated::ambit::scope::checkpoints,
            "ambit:scope/phase": super::super::generated::ambit::scope::phase,
        },
    });
}

/// The world of plugins that recover: what they export beside the other.
mod generated_recoverable {
    wasmtime::component::bindgen!({
        path: ["../../wit", "../../wit/async"],
        world: "ambit:scope-async/async-recoverable",
        exports: { default: async },
        with: {
            "ambit:scope/errors": super::super::generated::ambit::scope::errors,
            "ambit:scope/checkpoints": super::super::generated::ambit::scope::checkpoints,
            "ambit:scope/phase": super::super::generated::ambit::scope::phase,
        },
    });
}

pub(crate) use generated::AsyncPluginPre;
pub(crate) use generated::exports::ambit::scope_async::managers::Manager as Described;

use generated_recoverable::AsyncRecoverablePre;

/// The plugin, as one that recovers; an error where it exports no `recovery`.
pub(crate) fn recoverable(pre: &AsyncPluginPre<State>) -> wasmtime::Result<AsyncRecoverablePre<State>> {
    AsyncRecoverablePre::new(pre.instance_pre().clone())
}

/// What the interface that such a plugin exports is called, without its version.
pub(crate) const MANAGERS: &str = "ambit:scope-async/managers";

/// What `enter` gives.
pub(crate) type Entered = Result<(ResourceAny, String), Resource<Raised>>;

/// What `exit` gives.
pub(crate) type Exited = Result<(), Resource<Raised>>;

/// Where a plugin has the two functions of a scope. They are called by hand: Wasmtime says of a call that is begun by hand which
/// task of the guest it is, by which its imports are told apart from those of others.
#[derive(Clone)]
pub(crate) struct Functions {
    enter: ComponentExportIndex,
    exit: ComponentExportIndex,
}

/// The two functions of an instance.
#[derive(Clone, Copy)]
pub(crate) struct Scopes {
    pub(crate) enter: TypedFunc<(String, String), (Entered,)>,
    pub(crate) exit: TypedFunc<(ResourceAny, Option<Resource<Raised>>), (Exited,)>,
}

impl Functions {
    pub(crate) fn of(pre: &InstancePre<State>) -> wasmtime::Result<Self> {
        let component = pre.component();
        let name = format!("{MANAGERS}@{}", super::VERSION);
        let missing = |what: &str| wasmtime::format_err!("it does not export `{what}`");
        let managers = component.get_export_index(None, &name).ok_or_else(|| missing(&name))?;
        let function = |name| component.get_export_index(Some(&managers), name).ok_or_else(|| missing(name));
        Ok(Self { enter: function("[static]scope.enter")?, exit: function("[static]scope.exit")? })
    }

    pub(crate) fn in_instance(
        &self,
        store: &mut Store<State>,
        instance: &Instance,
    ) -> wasmtime::Result<Scopes> {
        Ok(Scopes {
            enter: instance.get_typed_func(&mut *store, self.enter)?,
            exit: instance.get_typed_func(&mut *store, self.exit)?,
        })
    }
}
