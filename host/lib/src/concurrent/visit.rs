//! Calls of a guest in a store that serves nothing else: [`visit()`].

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use wasmtime::Store;

use super::Pre;
use super::flights::later;
use crate::background;
use crate::call::HostPanicked;
use crate::fault::{Fault, FaultKind, Phase};
use crate::isolation::Terms;
use crate::plugin::Plugin;
use crate::state::State;
use crate::waiting::BudgetSpent;

/// Runs `visit` in a store that serves nothing else, and waits for it. `name` is how its fault names what failed.
pub(crate) fn visit<T: Send + 'static>(
    terms: &Terms,
    plugin: &Plugin,
    pre: &Pre,
    name: &str,
    phase: Phase,
    visit: impl for<'a> FnOnce(&'a mut Store<State>, Pre) -> futures::future::BoxFuture<'a, wasmtime::Result<T>>
    + Send
    + 'static,
) -> Result<T, Fault> {
    let budget = terms.limits.budget(phase);
    let engine = plugin.engine().clone();
    let mut store = terms.concurrent_store(engine.clock(), pre, 0);
    store.data_mut().deadline.set(later(budget));
    let (pre, manager) = (pre.clone(), name.to_owned());
    let visiting = async move {
        let _watch = engine.clock().watch();
        let visited = AssertUnwindSafe(visit(&mut store, pre)).catch_unwind();
        let error = match tokio::time::timeout(budget, visited).await {
            Ok(Ok(Ok(given))) => return Ok(given),
            Ok(Ok(Err(error))) => error,
            Ok(Err(payload)) => HostPanicked::of(&*payload).into(),
            Err(_) => BudgetSpent.into(),
        };
        Err(Fault::of_call(&manager, phase, &error, store.data()))
    };
    let host = |why: String| Fault::new(name, phase, FaultKind::Host, why);
    let runtime = background::runtime().map_err(|error| host(error.to_string()))?;
    background::block_on(runtime.spawn(visiting)).unwrap_or_else(|error| Err(host(error.to_string())))
}
