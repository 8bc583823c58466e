//! `ambit-core` alone as a host: [`Native`].

mod scope;
mod stack;

use std::collections::BTreeMap;

use ambit_core::{Family, Raised, settle};

use crate::program::policy;
use crate::script::Script;
use crate::{Entries, Flow, Host, Scenario, Trace};

use scope::Scope;
pub use stack::NativeStack;

/// A host without a sandbox: it interprets the managers of a scenario itself, and leaves what their answers mean to
/// `ambit-core`.
#[derive(Debug)]
pub struct Native<'a> {
    managers: &'a BTreeMap<String, Script>,
    trace: Trace,
}

impl<'a> Native<'a> {
    /// The host of one play of a scenario.
    #[must_use]
    pub fn new(scenario: &'a Scenario, trace: Trace) -> Self {
        Self { managers: &scenario.managers, trace }
    }

    fn start(&self, name: &str) -> Result<Scope, Raised> {
        let script = self.managers.get(name).ok_or_else(|| unknown(name))?;
        Scope::enter(name, script, &self.trace)
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
        settle(pending, answer, policy()).pending.map_or(Ok(returned), Err)
    }
}

impl Host for Native<'_> {
    type Stack = NativeStack;

    fn with(&self, manager: &str, body: impl FnOnce(&str) -> Flow) -> Flow {
        self.run(manager, body).map(drop)
    }

    fn decorate(
        &self,
        manager: &str,
        function: impl Fn(u32) -> Result<u32, Raised>,
    ) -> Result<impl Fn(u32) -> Result<Option<u32>, Raised>, Raised> {
        Ok(move |call| self.run(manager, |_| function(call)))
    }

    fn stack(&self, body: impl FnOnce(&mut NativeStack) -> Flow) -> Flow {
        let mut stack = NativeStack::default();
        let pending = body(&mut stack).err();
        stack.unwind(pending)
    }

    fn enter(&self, stack: &mut NativeStack, manager: &str) -> Result<String, Raised> {
        let scope = self.start(manager)?;
        let value = scope.value().to_owned();
        stack.push(move |pending| scope.exit(pending));
        Ok(value)
    }
}

fn unknown(manager: &str) -> Raised {
    Raised::new(Family::Error, ["Scenario"], format!("`{manager}` is not in `managers`"))
}
