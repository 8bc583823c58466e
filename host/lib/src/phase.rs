//! What a scope asks of the phase that it is in: the import `phase`.

use wasmtime::AsContextMut;
use wasmtime::component::{Access, HasData, Linker};

use crate::bindings::v0_1;
use crate::state::{State, find_visit};

/// Offers the interface `phase` to plugins.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    v0_1::phase::add_to_linker::<State, Asked>(linker, |state| Asking(state))
}

/// Who is asked.
struct Asked;

struct Asking<'a>(&'a mut State);

impl HasData for Asked {
    type Data<'a> = Asking<'a>;
}

impl v0_1::phase::Host for Asking<'_> {}

impl v0_1::phase::HostWithStore<State> for Asked {
    fn time_left(mut host: Access<'_, State, Self>) -> wasmtime::Result<u64> {
        find_visit(&mut host.as_context_mut())?;
        let Asking(state) = host.get();
        Ok(u64::try_from(state.deadline.left().as_nanos()).unwrap_or(u64::MAX))
    }

    fn is_cancelled(mut host: Access<'_, State, Self>) -> wasmtime::Result<bool> {
        find_visit(&mut host.as_context_mut())?;
        let Asking(state) = host.get();
        Ok(state.visit.with(|visit| visit.is_some_and(|visit| visit.cancelled.is_cancelled())))
    }
}
