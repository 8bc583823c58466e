//! `ambit:scope@0.1`.

use ambit_core::{Family, Raised};
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};

use crate::fault::TooManyErrors;
use crate::limits::Used;
use crate::plugin::{Description, Parameter};
use crate::state::State;

mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "plugin",
        imports: { default: trappable },
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
        },
    });
}

pub(crate) use generated::ambit::scope::checkpoints;
pub(crate) use generated::{Plugin, PluginPre};

use generated::ambit::scope::errors;
use generated::exports::ambit::scope::managers;
use generated_recoverable::RecoverablePre;

/// What the interface that a plugin exports is called, without its version.
pub(crate) const MANAGERS: &str = "ambit:scope/managers";

/// The version of the contract that this module speaks.
pub(crate) const VERSION: &str = "0.1.0";

/// The rules of the contract that a guest's SDK can say were broken.
const RULES: [&str; 2] = ["did-not-yield", "did-not-stop"];

/// The plugin, as one that recovers; an error where it exports no `recovery`.
pub(crate) fn recoverable(pre: &PluginPre<State>) -> wasmtime::Result<RecoverablePre<State>> {
    RecoverablePre::new(pre.instance_pre().clone())
}

/// Offers the interface `errors` to plugins.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    errors::add_to_linker::<State, Errors<'static>>(linker, |state| Errors {
        table: &mut state.table,
        used: &mut state.used,
    })
}

impl TryFrom<managers::Manager> for Description {
    type Error = (String, serde_json::Error);

    /// The error says of which parameter the default is no JSON.
    fn try_from(manager: managers::Manager) -> Result<Self, Self::Error> {
        let parameters = manager.parameters.into_iter().map(|parameter| {
            let initial = parameter.initial.as_deref().map(serde_json::from_str).transpose();
            match initial {
                Ok(initial) => Ok(Parameter { name: parameter.name, doc: parameter.doc, initial }),
                Err(error) => Err((parameter.name, error)),
            }
        });
        Ok(Self { name: manager.name, doc: manager.doc, parameters: parameters.collect::<Result<_, _>>()? })
    }
}

/// The errors that the guest of one store holds handles of.
struct Errors<'a> {
    table: &'a mut ResourceTable,
    used: &'a mut Used,
}

impl HasData for Errors<'static> {
    type Data<'a> = Errors<'a>;
}

type Handle = Resource<Raised>;

impl Errors<'_> {
    fn give(&mut self, raised: Raised) -> wasmtime::Result<Handle> {
        Ok(self.table.push(raised)?)
    }

    fn give_some(&mut self, raised: Option<Raised>) -> wasmtime::Result<Option<Handle>> {
        raised.map(|raised| self.give(raised)).transpose()
    }

    /// An error that the guest makes: it counts, and so does what it says.
    fn made(&mut self, raised: Raised) -> wasmtime::Result<Handle> {
        let kinds: usize = raised.kinds().iter().map(|kind| size_of_val(kind) + kind.len()).sum();
        let members = size_of_val(raised.members());
        self.charge(1, raised.message().len() + kinds + members)?;
        self.give(raised)
    }

    fn charge(&mut self, errors: usize, bytes: usize) -> wasmtime::Result<()> {
        if self.used.charge(errors, bytes) { Ok(()) } else { Err(TooManyErrors.into()) }
    }

    fn get(&self, handle: &Handle) -> wasmtime::Result<&Raised> {
        Ok(self.table.get(handle)?)
    }

    fn get_some(&self, handle: Option<Handle>) -> wasmtime::Result<Option<Raised>> {
        handle.map(|handle| self.get(&handle).cloned()).transpose()
    }
}

impl errors::Host for Errors<'_> {}

impl errors::HostRaised for Errors<'_> {
    fn new(&mut self, kinds: Vec<String>, message: String) -> wasmtime::Result<Handle> {
        self.made(Raised::new(Family::Error, kinds, message))
    }

    fn broken(&mut self, rule: String) -> wasmtime::Result<Handle> {
        let message = rule.replace('-', " ");
        // What is not a rule of this version gets no kind of its own: `panic` is one that nobody can replace.
        let known = RULES.contains(&rule.as_str()).then_some(rule.as_str());
        self.made(Raised::new(Family::Fault, known.into_iter().chain(["protocol"]), message))
    }

    fn group(
        &mut self,
        kinds: Vec<String>,
        message: String,
        members: Vec<Handle>,
    ) -> wasmtime::Result<Handle> {
        let members = members.iter().map(|member| self.get(member).cloned()).collect::<Result<_, _>>()?;
        self.made(Raised::group(Family::Error, kinds, message, members))
    }

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

    fn add_note(&mut self, this: Handle, note: String) -> wasmtime::Result<()> {
        self.charge(0, size_of_val(&note) + note.len())?;
        self.get(&this)?.add_note(note);
        Ok(())
    }

    fn cause(&mut self, this: Handle) -> wasmtime::Result<Option<Handle>> {
        let cause = self.get(&this)?.cause();
        self.give_some(cause)
    }

    fn set_cause(&mut self, this: Handle, cause: Option<Handle>) -> wasmtime::Result<()> {
        self.get(&this)?.set_cause(self.get_some(cause)?);
        Ok(())
    }

    fn context(&mut self, this: Handle) -> wasmtime::Result<Option<Handle>> {
        let context = self.get(&this)?.context();
        self.give_some(context)
    }

    fn set_context(&mut self, this: Handle, context: Option<Handle>) -> wasmtime::Result<()> {
        self.get(&this)?.set_context(self.get_some(context)?);
        Ok(())
    }

    fn hides_context(&mut self, this: Handle) -> wasmtime::Result<bool> {
        Ok(self.get(&this)?.hides_context())
    }

    fn drop(&mut self, this: Handle) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}
