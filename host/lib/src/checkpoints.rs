//! What scopes leave for their recovery: [`Left`], and the import by which a guest leaves it.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use ambit_core::Raised;
use tokio::sync::oneshot;
use wasmtime::AsContextMut;
use wasmtime::component::{Access, HasData, Linker, Resource, ResourceTable};

use crate::background;
use crate::bindings::v0_1;
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind};
use crate::journal::{Code, Entry, Id, Opened, Problem};
use crate::state::{State, Visit, Visited, find_visit};

/// The last checkpoint of a scope. It is forgotten, or its recovery ends it: see [`Left::forget`], [`Left::settle`].
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) state: String,
    entry: Option<(Arc<Keeper>, Id)>,
}

/// What writes the checkpoints of a manager's scopes into the journal.
#[derive(Debug)]
pub(crate) struct Keeper {
    journal: Arc<Opened>,
    plugin: Arc<Code>,
    manager: String,
    /// The rights and limits to recover on, as JSON.
    terms: String,
}

impl Keeper {
    pub(crate) fn new(journal: Arc<Opened>, plugin: Arc<Code>, manager: String, terms: String) -> Self {
        Self { journal, plugin, manager, terms }
    }
}

impl Left {
    /// Its scope holds nothing any more.
    pub(crate) fn forget(self) {
        if let Some((keeper, id)) = self.entry {
            tell(keeper.journal.end(id));
        }
    }

    /// Its scope was lost, and could be recovered or, for this reason, not.
    pub(crate) fn settle(self, failed: Option<String>) {
        let Some((keeper, id)) = self.entry else { return };
        tell(match failed {
            None => keeper.journal.end(id),
            Some(reason) => keeper.journal.abandon(id, &reason),
        });
    }
}

/// What stays in the journal is recovered once more, which does no harm.
fn tell(done: Result<(), Problem>) {
    if let Err(problem) = done {
        tracing::warn!(%problem, "the journal was not brought up to date");
    }
}

/// Offers the interface `checkpoints` to plugins.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    v0_1::checkpoints::add_to_linker::<State, Checkpoints<'static>>(linker, |state| {
        state.deadline.hold();
        Checkpoints::of(state)
    })
}

/// The same to plugins whose managers await. The guest waits until its checkpoint is on the disk, and the thread, which drives others,
/// does not. Who drives the store looks at the time meanwhile.
pub(crate) fn add_to_async_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut checkpoints = linker.instance(&format!("ambit:scope/checkpoints@{}", v0_1::VERSION))?;
    checkpoints.func_wrap_async("leave", |mut store, (state,): (String,)| {
        Box::new(async move {
            find_visit(&mut store)?;
            let mut checkpoints = Checkpoints::of(store.data_mut());
            let kept = match checkpoints.check(&state) {
                Ok(known) => {
                    let (keeper, wait) = (checkpoints.keeper.cloned(), checkpoints.deadline.left());
                    kept_elsewhere(known, keeper, wait, state).await
                }
                Err(refused) => Err(refused),
            };
            Ok((Checkpoints::of(store.data_mut()).answer(kept)?,))
        })
    })
}

/// Where the guest of one store leaves checkpoints.
struct Checkpoints<'a> {
    visit: &'a mut Visited,
    keeper: Option<&'a Arc<Keeper>>,
    recovers: bool,
    deadline: &'a Deadline,
    limit: usize,
    table: &'a mut ResourceTable,
}

impl HasData for Checkpoints<'static> {
    type Data<'a> = Checkpoints<'a>;
}

impl v0_1::checkpoints::Host for Checkpoints<'_> {}

impl v0_1::checkpoints::HostWithStore<State> for Checkpoints<'static> {
    fn leave(
        mut host: Access<'_, State, Self>,
        state: String,
    ) -> wasmtime::Result<Result<(), Resource<Raised>>> {
        find_visit(&mut host.as_context_mut())?;
        host.get().leave(state)
    }
}

impl<'a> Checkpoints<'a> {
    fn of(state: &'a mut State) -> Self {
        state.begin_import();
        Self {
            visit: &mut state.visit,
            keeper: state.keeper.as_ref(),
            recovers: state.recovers,
            deadline: &state.deadline,
            limit: state.used.limits().checkpoint,
            table: &mut state.table,
        }
    }

    fn leave(mut self, state: String) -> wasmtime::Result<Result<(), Resource<Raised>>> {
        // Who waits for the guest has the scope while the journal writes: it may give both up.
        let known = self.check(&state);
        let kept = known.and_then(|known| keep(known, self.keeper, self.deadline.left(), state));
        self.answer(kept)
    }

    /// What is known of the scope, if it may leave this.
    fn check(&mut self, state: &str) -> Result<Known, Error> {
        let known = self.visit.with(|visit| visit.map(|visit| Known::of(visit)));
        let Some(known) = known else {
            let message = "a checkpoint is left by a scope, in its enter or its exit";
            return Err(Error::new(ErrorKind::Checkpoint, message));
        };
        if !self.recovers {
            return Err(no_recovery());
        }
        if state.len() > self.limit {
            let message = format!("a checkpoint has {} bytes, and may have {}", state.len(), self.limit);
            return Err(Error::new(ErrorKind::Checkpoint, message)
                .with_help("keep what is large in a file, and leave its name"));
        }
        Ok(known)
    }

    /// Remembers what was kept, and answers the guest.
    fn answer(self, kept: Result<Left, Error>) -> wasmtime::Result<Result<(), Resource<Raised>>> {
        let Self { visit, table, .. } = self;
        match kept {
            Ok(left) => {
                visit.with(|visit| {
                    if let Some(visit) = visit {
                        visit.left = Some(Box::new(left));
                    }
                });
                Ok(Ok(()))
            }
            Err(error) => Ok(Err(table.push(error.into_raised())?)),
        }
    }
}

/// What is known of the scope that leaves a checkpoint.
struct Known {
    entry: Option<(Arc<Keeper>, Id)>,
    entered_at: &'static Location<'static>,
}

impl Known {
    fn of(visit: &Visit) -> Self {
        let entry = visit.left.as_ref().and_then(|left| left.entry.clone());
        Self { entry, entered_at: visit.entered_at }
    }
}

/// Nobody could recover from it: better to say so while the scope has not acquired anything.
fn no_recovery() -> Error {
    let message = "a checkpoint is left by a plugin that exports no `ambit:scope/recovery`";
    Error::new(ErrorKind::Checkpoint, message).with_help("export it, or leave no checkpoint")
}

/// Keeps what a scope leaves. It waits for the journal so long at the most.
fn keep(known: Known, keeper: Option<&Arc<Keeper>>, wait: Duration, state: String) -> Result<Left, Error> {
    let Known { entry, entered_at } = known;
    let entry = match (entry, keeper) {
        (Some((keeper, id)), _) => {
            keeper.journal.update(id, &state, wait).map_err(Error::from)?;
            Some((keeper, id))
        }
        (None, Some(keeper)) => {
            let Keeper { journal, plugin, manager, terms } = &**keeper;
            let entered_at = entered_at.to_string();
            let entry = Entry { plugin, manager, terms, state: &state, entered_at: &entered_at };
            Some((keeper.clone(), journal.begin(&entry, wait)?))
        }
        (None, None) => None,
    };
    Ok(Left { state, entry })
}

/// The same on a thread that may wait. Where the guest is stopped meanwhile, what is still written tells of what was not acquired.
async fn kept_elsewhere(
    known: Known,
    keeper: Option<Arc<Keeper>>,
    wait: Duration,
    state: String,
) -> Result<Left, Error> {
    if known.entry.is_none() && keeper.is_none() {
        return keep(known, None, wait, state);
    }
    let (tell, told) = oneshot::channel();
    background::blocking(move || drop(tell.send(keep(known, keeper.as_ref(), wait, state))));
    told.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Checkpoint, "the process ends")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::Cancelled;
    use crate::deadline::Clock;
    use crate::trace::Trace;

    #[test]
    fn a_plugin_that_offers_no_recovery_leaves_no_checkpoint() {
        let clock = Clock::start().unwrap();
        let (deadline, mut table) = (Deadline::over(&clock), ResourceTable::new());
        let visit = || Visit::new(Location::caller(), Cancelled::Never, Trace::default());
        let scope = || Visited::Own(Some(visit()));
        let no_recovery = "a checkpoint is left by a plugin that exports no `ambit:scope/recovery`";
        let no_scope = "a checkpoint is left by a scope, in its enter or its exit";
        for (mut visit, recovers, expected) in [
            (scope(), true, None),
            (scope(), false, Some(no_recovery)),
            (Visited::default(), false, Some(no_scope)),
        ] {
            let (visit, table, deadline) = (&mut visit, &mut table, &deadline);
            let checkpoints = Checkpoints { visit, keeper: None, recovers, deadline, limit: 100, table };
            let refused = checkpoints.leave("it holds much".to_owned()).unwrap().err();
            let refused = refused.map(|handle| table.delete(handle).unwrap().to_string());
            assert_eq!(refused.as_deref(), expected);
        }
    }
}
