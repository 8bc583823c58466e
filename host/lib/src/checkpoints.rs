//! What scopes leave for their recovery: [`Left`], and the import by which a guest leaves it.

use ambit_core::Raised;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};

use crate::bindings::v0_1;
use crate::error::{Error, ErrorKind};
use crate::state::{State, Visit};

/// The last checkpoint of a scope.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    pub(crate) state: String,
}

/// Offers the interface `checkpoints` to plugins.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    v0_1::checkpoints::add_to_linker::<State, Checkpoints<'static>>(linker, |state| Checkpoints {
        visit: state.visit.as_mut(),
        table: &mut state.table,
        limit: state.used.limits().checkpoint,
    })
}

/// Where the guest of one store leaves checkpoints.
struct Checkpoints<'a> {
    visit: Option<&'a mut Visit>,
    table: &'a mut ResourceTable,
    limit: usize,
}

impl HasData for Checkpoints<'static> {
    type Data<'a> = Checkpoints<'a>;
}

impl v0_1::checkpoints::Host for Checkpoints<'_> {
    fn leave(&mut self, state: String) -> wasmtime::Result<Result<(), Resource<Raised>>> {
        match self.keep(state) {
            Ok(()) => Ok(Ok(())),
            Err(error) => Ok(Err(self.table.push(error.into_raised())?)),
        }
    }
}

impl Checkpoints<'_> {
    fn keep(&mut self, state: String) -> Result<(), Error> {
        let Some(visit) = &mut self.visit else {
            let message = "a checkpoint is left by a scope, in its enter or its exit";
            return Err(Error::new(ErrorKind::Checkpoint, message));
        };
        if state.len() > self.limit {
            let message = format!("a checkpoint has {} bytes, and may have {}", state.len(), self.limit);
            return Err(Error::new(ErrorKind::Checkpoint, message)
                .with_help("keep what is large in a file, and leave its name"));
        }
        visit.left = Some(Left { state });
        Ok(())
    }
}
