//! `ambit-core` alone as a host: [`Native`].

mod scope;
mod stack;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ambit_core::{Family, Raised, settle};

use crate::host::at_once;
use crate::program::{play, policy};
use crate::script::Script;
use crate::{Entries, Flow, Host, Outcome, Scenario, Trace};

use scope::Scope;
use stack::NativeStack;

/// A host without a sandbox: it interprets the managers of a scenario itself, and leaves what their answers mean to
/// `ambit-core`.
#[derive(Clone, Copy, Debug)]
pub struct Native;

impl Native {
    /// Plays a scenario.
    #[must_use]
    pub fn play(self, scenario: &Scenario) -> Outcome {
        let host = Interpreter::of(scenario);
        Outcome::of(scenario, at_once(play(scenario, &host, &host.trace)))
    }

    /// Whether a manager of the scenario yields again: not every language can have that.
    #[must_use]
    pub fn comes_to_a_second_yield(self, scenario: &Scenario) -> bool {
        let host = Interpreter::of(scenario);
        let _ = at_once(play(scenario, &host, &host.trace));
        host.yielded_again.load(Ordering::Relaxed)
    }
}

/// The host of one play of a scenario.
struct Interpreter<'a> {
    managers: &'a BTreeMap<String, Script>,
    trace: Trace,
    yielded_again: Arc<AtomicBool>,
}

impl<'a> Interpreter<'a> {
    fn of(scenario: &'a Scenario) -> Self {
        Self { managers: &scenario.managers, trace: Trace::default(), yielded_again: Arc::default() }
    }

    fn start(&self, name: &str) -> Result<Scope, Raised> {
        let script = self.managers.get(name).ok_or_else(|| unknown(name))?;
        Scope::enter(name, script, &self.trace, &self.yielded_again)
    }

    fn run<R>(
        &self,
        manager: &str,
        body: impl FnOnce(&str) -> Result<R, Raised>,
    ) -> Result<Option<R>, Raised> {
        let scope = self.start(manager)?;
        let (returned, pending) = match body(scope.value()) {
            Ok(returned) => (Some(returned), None),
            Err(raised) => (None, Some(raised)),
        };
        let answer = scope.exit(pending.as_ref());
        settle(pending, answer, &policy()).pending.map_or(Ok(returned), Err)
    }
}

impl Host for Interpreter<'_> {
    type Stack = NativeStack;

    async fn with(&self, manager: &str, body: impl AsyncFnOnce(&str) -> Flow) -> Flow {
        self.run(manager, |value| at_once(body(value))).map(drop)
    }

    fn decorate(
        &self,
        manager: &str,
        function: impl AsyncFn(u32) -> Result<u32, Raised>,
    ) -> Result<impl AsyncFn(u32) -> Result<Option<u32>, Raised>, Raised> {
        Ok(async move |call| self.run(manager, |_| at_once(function(call))))
    }

    async fn stack(&self, body: impl AsyncFnOnce(&mut NativeStack) -> Flow) -> Flow {
        let mut stack = NativeStack::default();
        let pending = body(&mut stack).await.err();
        stack.unwind(pending)
    }

    async fn enter(&self, stack: &mut NativeStack, manager: &str) -> Result<String, Raised> {
        let scope = self.start(manager)?;
        let value = scope.value().to_owned();
        stack.push(move |pending| scope.exit(pending));
        Ok(value)
    }
}

fn unknown(manager: &str) -> Raised {
    Raised::new(Family::Error, ["Scenario"], format!("`{manager}` is not in `managers`"))
}
