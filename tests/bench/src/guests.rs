//! What a scope of a guest costs, language by language: [`measure`].

use ambit::Cache;
use languages::{Guest, MANAGER};
use scope_bench::bare::{Bare, Instance};
use scope_bench::manager;

use crate::row::{self, Row};
use crate::scope::{completes, completes_bare, fails, fails_bare};

/// Times enter and exit of each, or one of these rows alone.
pub(crate) fn measure(guests: &[Guest], cache: &Cache, alone: Option<(&str, usize)>) -> wasmtime::Result<()> {
    eprintln!("==> Compiling a guest of each language for the bare calls (half a minute)");
    let mut driven = Vec::new();
    for guest in guests.iter().filter(|guest| alone.is_none_or(|(name, _)| name.starts_with(guest.language)))
    {
        let bare = Bare::new(&guest.path)?;
        let manager = manager(&guest.path, MANAGER, cache.clone());
        driven.push((guest.language, [bare.instance()?, bare.instance()?], manager));
    }
    let mut rows = Vec::new();
    for (language, instances, manager) in &mut driven {
        let manager = &*manager;
        let [first, second]: &mut [Instance; 2] = instances;
        rows.push(Row::new(format!("{language}, completes: bare calls"), || completes_bare(first)));
        rows.push(Row::new(format!("{language}, completes: ambit"), || completes(manager)));
        rows.push(Row::new(format!("{language}, fails and is re-raised: bare calls"), || fails_bare(second)));
        rows.push(Row::new(format!("{language}, fails and is re-raised: ambit"), || fails(manager)));
    }
    match alone {
        Some((name, times)) => row::profile(&mut rows, name, times),
        None => {
            row::print(&mut rows);
            Ok(())
        }
    }
}
