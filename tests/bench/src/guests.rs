//! What a scope of a guest costs, language by language: [`rows`].

use ambit::Cache;
use languages::{Guest, MANAGER};
use scope_bench::bare::Bare;
use scope_bench::manager;

use crate::row::Row;
use crate::scope::{completes, completes_bare, fails, fails_bare};

/// Does this with the rows that time enter and exit of this guest.
pub(crate) fn rows(
    guest: &Guest,
    cache: &Cache,
    work: impl FnOnce(&mut [Row<'_>]) -> wasmtime::Result<()>,
) -> wasmtime::Result<()> {
    let Guest { language, path } = guest;
    let bare = Bare::new(path)?;
    let (mut first, mut second) = (bare.instance()?, bare.instance()?);
    let manager = manager(path, MANAGER, cache.clone());
    work(&mut [
        Row::new(format!("{language}, completes: bare calls"), || completes_bare(&mut first)),
        Row::new(format!("{language}, completes: ambit"), || completes(&manager)),
        Row::new(format!("{language}, fails and is re-raised: bare calls"), || fails_bare(&mut second)),
        Row::new(format!("{language}, fails and is re-raised: ambit"), || fails(&manager)),
    ])
}
