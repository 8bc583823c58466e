//! Releasing what a lost scope held, by its plugin's own `recover`: [`Recovery`].

use std::fmt;

use ambit_core::Raised;
use wasmtime::Store;
use wasmtime::component::Resource;

use crate::bindings::v0_1;
use crate::concurrent;
use crate::fault::Phase;
use crate::isolation::Terms;
use crate::plugin::Plugin;
use crate::state::State;

/// What came of the recovery of a lost scope that had left a checkpoint.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Recovery {
    /// What the scope held was released.
    Released,
    /// It failed, with this error or fault: something may be left. Where there is a journal, it is there to be tried again.
    Failed(Raised),
}

impl Recovery {
    /// Whether what the scope held was released.
    #[must_use]
    pub fn is_released(&self) -> bool {
        matches!(self, Self::Released)
    }

    /// Why something may be left, if it may.
    pub(crate) fn problem(&self) -> Option<String> {
        match self {
            Self::Released => None,
            Self::Failed(why) => Some(why.to_string()),
        }
    }
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Released => f.write_str("its recovery released what it held"),
            Self::Failed(why) => write!(f, "its recovery failed: {why}"),
        }
    }
}

/// Lets a fresh instance release what a lost scope of the manager held.
pub(crate) fn recover(plugin: &Plugin, manager: &str, terms: &Terms, state: &str) -> Recovery {
    let (name, state) = (manager.to_owned(), state.to_owned());
    let recovered = match plugin.concurrent() {
        None => terms.visit(plugin, manager, Phase::Recover, move |store, pre| {
            let recoverable = v0_1::recoverable(pre)?.instantiate(&mut *store)?;
            let recovered = recoverable.ambit_scope_recovery().call_recover(&mut *store, &name, &state)?;
            raised(store, recovered)
        }),
        Some(pre) => concurrent::visit(terms, plugin, pre, manager, Phase::Recover, |store, pre| {
            Box::pin(async move {
                let recoverable = v0_1::concurrent::recoverable(&pre.plugin)?;
                let recoverable = recoverable.instantiate_async(&mut *store).await?;
                let recovery = recoverable.ambit_scope_async_recovery();
                let recovered = store
                    .run_concurrent(async |accessor| recovery.call_recover(accessor, name, state).await)
                    .await??;
                raised(store, recovered)
            })
        }),
    };
    match recovered {
        Ok(Ok(())) => Recovery::Released,
        Ok(Err(raised)) => Recovery::Failed(raised),
        Err(fault) => Recovery::Failed(fault.raise()),
    }
}

fn raised(
    store: &mut Store<State>,
    recovered: Result<(), Resource<Raised>>,
) -> wasmtime::Result<Result<(), Raised>> {
    Ok(match recovered {
        Ok(()) => Ok(()),
        Err(handle) => Err(store.data_mut().table.delete(handle)?),
    })
}
