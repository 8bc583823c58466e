//! A component that offers managers: [`Plugin`].

use std::fmt;
use std::sync::{Arc, OnceLock};

use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use crate::binary::Binary;
use crate::bindings::v0_1::concurrent::{AsyncPluginPre, Functions, MANAGERS as MANAGERS_THAT_AWAIT};
use crate::bindings::v0_1::{self, MANAGERS, VERSION};
use crate::compiled::Compiled;
use crate::concurrent;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::fault::{FaultKind, Phase};
use crate::isolation::Terms;
use crate::journal::{self, Opened};
use crate::manager::Manager;
use crate::state::State;

/// A component that offers managers. A clone is a second handle of the same.
#[derive(Clone)]
pub struct Plugin(Arc<Inner>);

struct Inner {
    engine: Engine,
    name: String,
    binary: Arc<Binary>,
    code: Compiled,
    linked: Linked,
    /// Whether it exports the interface `recovery`, once that was asked.
    recovers: OnceLock<bool>,
    imports: Vec<String>,
    managers: Vec<Arc<Description>>,
}

/// A plugin as it is linked: in which way its managers are called.
enum Linked {
    Sync {
        /// What is instantiated first.
        pre: Pre,
        /// The same for where memory is mapped as it is needed. The first use makes it.
        on_demand: OnceLock<Pre>,
    },
    /// They await.
    Concurrent(concurrent::Pre),
}

/// A plugin that is linked, and may be instantiated.
pub(crate) type Pre = v0_1::PluginPre<State>;

/// What a plugin says of one of its managers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Description {
    /// Its name, unique in the plugin.
    pub name: String,
    /// What it does, in Markdown; its first line stands alone.
    pub doc: String,
    /// In the order in which positional arguments fill them.
    pub parameters: Vec<Parameter>,
}

/// A parameter of a manager.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is for, in Markdown; may be empty.
    pub doc: String,
    /// Its default; `None` where it must be given.
    pub initial: Option<serde_json::Value>,
}

impl Description {
    /// Whether all that it is made of can be named, and be told apart; or what cannot.
    fn check_names(&self) -> Result<(), String> {
        let Self { name, parameters, .. } = self;
        if name.is_empty() {
            return Err("one of them has no name".to_owned());
        }
        for (at, parameter) in parameters.iter().enumerate() {
            if parameter.name.is_empty() {
                return Err(format!("a parameter of `{name}` has no name"));
            }
            if parameters[..at].iter().any(|known| known.name == parameter.name) {
                return Err(format!("two parameters of `{name}` are called `{}`", parameter.name));
            }
        }
        Ok(())
    }
}

impl Plugin {
    /// Checks that a component is a plugin; it is to be [described](Self::describe) yet. `code` was compiled from `binary`.
    pub(crate) fn new(engine: Engine, name: String, code: Compiled, binary: Binary) -> Result<Self, Error> {
        let managers = if code.is_concurrent() { MANAGERS_THAT_AWAIT } else { MANAGERS };
        check_version(&name, &code.component, managers)?;
        let ty = code.component.component_type();
        let imports = ty.imports(code.component.engine()).map(|(import, _)| import.to_owned()).collect();
        let linked = code.runtime(&engine).and_then(|runtime| {
            let pre = runtime.linker.instantiate_pre(&code.component)?;
            Ok(if code.is_concurrent() {
                let functions = Functions::of(&pre)?;
                Linked::Concurrent(concurrent::Pre { plugin: AsyncPluginPre::new(pre)?, functions })
            } else {
                Linked::Sync { pre: Pre::new(pre)?, on_demand: OnceLock::new() }
            })
        });
        let linked = linked.map_err(|error| {
            let message = format!("`{name}` does not fit the world `plugin`: {error:#}");
            let wasi = if code.is_concurrent() { "0.2 and 0.3" } else { "0.2" };
            Error::new(ErrorKind::WrongWorld, message)
                .with_help(format!(
                    "it may use WASI {wasi}, ambit:scope/errors, ambit:scope/checkpoints and ambit:scope/phase, and must export {managers}"
                ))
                .with_source(error)
        })?;
        let (binary, recovers) = (Arc::new(binary), OnceLock::new());
        let inner = Inner { engine, name, binary, code, linked, recovers, imports, managers: Vec::new() };
        Ok(Self(Arc::new(inner)))
    }

    /// Asks it which managers it offers.
    pub(crate) fn describe(self) -> Result<Self, Error> {
        let failed = |why: String| {
            let message = format!("`{}` cannot say which managers it offers: {why}", self.name());
            Error::new(ErrorKind::Describe, message)
        };
        let terms = Terms::with_limits(self.engine().limits());
        let described: Vec<_> = match self.concurrent() {
            None => terms
                .visit(&self, self.name(), Phase::Describe, |store, pre| {
                    pre.instantiate(&mut *store)?.ambit_scope_managers().call_describe(store)
                })
                .map(|described| described.into_iter().map(Description::try_from).collect()),
            Some(pre) => concurrent::visit(&terms, &self, pre, self.name(), Phase::Describe, |store, pre| {
                Box::pin(async move {
                    let instance = pre.plugin.instantiate_async(&mut *store).await?;
                    instance.ambit_scope_async_managers().call_describe(store).await
                })
            })
            .map(|described| described.into_iter().map(Description::try_from).collect()),
        }
        .map_err(|fault| match fault.stderr().trim_end().lines().last() {
            Some(said) if fault.kind() != FaultKind::Panic => {
                failed(format!("{}; it said: {said}", fault.reason()))
            }
            _ => failed(fault.reason().to_owned()),
        })?;

        let mut managers: Vec<Arc<Description>> = Vec::with_capacity(described.len());
        for described in described {
            let description = described.map_err(|(name, parameter, error)| {
                failed(format!("the default of `{parameter}` of `{name}` is no JSON: {error}"))
            })?;
            if managers.iter().any(|known| known.name == description.name) {
                return Err(failed(format!("two managers are called `{}`", description.name)));
            }
            description.check_names().map_err(failed)?;
            managers.push(Arc::new(description));
        }
        let inner = Arc::into_inner(self.0).map(|inner| Inner { managers, ..inner });
        // Nobody else can have a handle of it yet.
        inner
            .map(|inner| Self(Arc::new(inner)))
            .ok_or_else(|| Error::new(ErrorKind::Describe, "the plugin is in use"))
    }

    /// What it is called: the path that it was loaded from, or the name that it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The managers that it offers.
    pub fn managers(&self) -> impl ExactSizeIterator<Item = &Description> {
        self.0.managers.iter().map(|manager| &**manager)
    }

    /// The interfaces that it imports, such as `wasi:filesystem/types@0.2.6`. It reaches nothing through them that is not
    /// granted.
    #[must_use]
    pub fn imports(&self) -> &[String] {
        &self.0.imports
    }

    /// The size of the component, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.binary.size()
    }

    /// One of its managers, without any rights.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchManager`], with the nearest name as help.
    pub fn manager(&self, name: &str) -> Result<Manager, Error> {
        match self.0.managers.iter().find(|manager| manager.name == name) {
            Some(description) => Ok(Manager::new(self.clone(), description.clone())),
            None => Err(self.no_such_manager(name)),
        }
    }

    fn no_such_manager(&self, name: &str) -> Error {
        let error =
            Error::new(ErrorKind::NoSuchManager, format!("`{}` has no manager `{name}`", self.name()));
        let nearest = self
            .managers()
            .map(|manager| (strsim::damerau_levenshtein(&manager.name, name), manager))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, manager)| *distance <= 1 + manager.name.len() / 3);
        match nearest {
            Some((_, nearest)) => error.with_help(format!("did you mean `{}`?", nearest.name)),
            None => {
                let names: Vec<_> = self.managers().map(|manager| format!("`{}`", manager.name)).collect();
                error.with_help(format!("it offers {}", names.join(", ")))
            }
        }
    }

    /// Whether it can release what its lost scopes held: whether it exports the interface `recovery`.
    #[must_use]
    pub fn recovers(&self) -> bool {
        *self.0.recovers.get_or_init(|| match &self.0.linked {
            Linked::Sync { pre, .. } => v0_1::recoverable(pre).is_ok(),
            Linked::Concurrent(pre) => v0_1::concurrent::recoverable(&pre.plugin).is_ok(),
        })
    }

    /// Whether its managers await more than their yield: timers, sockets. Many of their scopes may be in flight at once; see
    /// [`Manager::with_async`].
    #[must_use]
    pub fn awaits(&self) -> bool {
        self.concurrent().is_some()
    }

    /// What is instantiated where its managers await.
    pub(crate) fn concurrent(&self) -> Option<&concurrent::Pre> {
        match &self.0.linked {
            Linked::Sync { .. } => None,
            Linked::Concurrent(pre) => Some(pre),
        }
    }

    /// The journal, if there is one, and what it keeps of the plugin.
    pub(crate) fn kept(&self) -> Option<(Arc<Opened>, Arc<journal::Code>)> {
        let code = journal::Code::new(self.name(), self.0.binary.clone());
        Some((self.engine().opened_journal()?.clone(), Arc::new(code)))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// What is instantiated first.
    ///
    /// # Panics
    /// Where its managers await: [`concurrent`](Self::concurrent) has it then.
    pub(crate) fn pre(&self) -> &Pre {
        self.sync().0
    }

    /// What is instantiated where the pool has no room, or none that is large enough.
    pub(crate) fn on_demand(&self) -> wasmtime::Result<&Pre> {
        let (_, on_demand) = self.sync();
        if let Some(pre) = on_demand.get() {
            return Ok(pre);
        }
        let component = self.0.code.on_demand(self.engine())?;
        let pre = self.engine().on_demand()?.linker.instantiate_pre(&component).and_then(Pre::new)?;
        Ok(on_demand.get_or_init(|| pre))
    }

    fn sync(&self) -> (&Pre, &OnceLock<Pre>) {
        match &self.0.linked {
            Linked::Sync { pre, on_demand } => (pre, on_demand),
            Linked::Concurrent(_) => unreachable!("who asks has seen that its managers do not await"),
        }
    }
}

/// Whether the component exports the interface `managers`, in a version that this host speaks.
fn check_version(name: &str, component: &Component, wanted: &str) -> Result<(), Error> {
    let ty = component.component_type();
    let mut others = Vec::new();
    for (export, item) in ty.exports(component.engine()) {
        match (export.split_once('@'), item.ty) {
            (Some((managers, version)), _) if managers == wanted && compatible(version) => return Ok(()),
            (Some((managers, version)), _) if managers == wanted => {
                let message =
                    format!("`{name}` is a plugin of {managers}@{version}, and this host speaks {VERSION}");
                return Err(Error::new(ErrorKind::WrongVersion, message)
                    .with_help("build it with an SDK of that version, or use a host that speaks its own"));
            }
            (_, ComponentItem::ComponentInstance(_) | ComponentItem::ComponentFunc(_)) => {
                others.push(format!("`{export}`"));
            }
            _ => {}
        }
    }
    let message = match others.as_slice() {
        [] => format!("`{name}` is a component, but no plugin: it exports nothing"),
        others => format!("`{name}` is a component, but no plugin: it exports {}", others.join(", ")),
    };
    Err(Error::new(ErrorKind::WrongWorld, message).with_help(format!("a plugin exports {wanted}@{VERSION}")))
}

/// Whether Wasmtime takes an export of this version for one of ours: the same 0.x.
fn compatible(version: &str) -> bool {
    let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
    !version.contains('-') && minor(version) == minor(VERSION)
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin")
            .field("name", &self.0.name)
            .field("managers", &self.0.managers)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, parameters: &[&str], expected: Result<(), &str>) {
        let parameter =
            |name: &&str| Parameter { name: (*name).to_owned(), doc: String::new(), initial: None };
        let parameters = parameters.iter().map(parameter).collect();
        let description = Description { name: name.to_owned(), doc: String::new(), parameters };
        assert_eq!(description.check_names(), expected.map_err(str::to_owned));
    }

    #[test]
    fn all_that_a_manager_is_made_of_can_be_named_and_told_apart() {
        check("m", &["a", "b"], Ok(()));
        check("", &[], Err("one of them has no name"));
        check("m", &["a", ""], Err("a parameter of `m` has no name"));
        check("m", &["a", "b", "a"], Err("two parameters of `m` are called `a`"));
    }
}
