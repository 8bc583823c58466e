//! The library `ambit` as a host, with managers that run in the sandbox: [`Sandbox`].

mod lines;

use std::collections::BTreeMap;
use std::path::Path;

use ambit::{Answer, Cache, Describe, Engine, Error, ExitStack, Failure, Family, Isolation, Manager, Raised};
use serde_json::{Value as Json, json};

use crate::program::{play, policy};
use crate::script::Script;
use crate::{Entries, Flow, Host, Outcome, Scenario};

use lines::Lines;

/// The library `ambit` as a host, with the plugin `scripted`, whose only manager plays those of scenarios.
#[derive(Debug)]
pub struct Sandbox {
    scripted: Manager,
}

impl Sandbox {
    /// Compiles a plugin, whose scopes are to be kept apart so. Its manager `scripted` plays those of scenarios: that of the
    /// guest in Rust where none is given.
    ///
    /// # Errors
    /// The plugin cannot be loaded.
    pub fn new(plugin: Option<&Path>, isolation: Isolation) -> Result<Self, Error> {
        let engine = Engine::builder().cache(Cache::none()).build()?;
        let scripted = engine.load(plugin.unwrap_or(programs::SCRIPTED.as_ref()))?.manager("scripted")?;
        Ok(Self { scripted: scripted.policy(policy()).isolation(isolation) })
    }

    /// Plays a scenario.
    #[must_use]
    pub fn play(&self, scenario: &Scenario) -> Outcome {
        let lines = Lines::default();
        let host = Sandboxed { scripted: self.scripted(scenario, &lines) };
        let got = play(scenario, &host, lines.trace());
        // A `Scope` is used up by its yield: a guest in Rust has no way to write a second one.
        if lines.want_a_second_yield() { Outcome::Skipped } else { Outcome::of(scenario, got) }
    }

    /// What plays each manager of the scenario.
    fn scripted(&self, scenario: &Scenario, lines: &Lines) -> BTreeMap<String, Scripted> {
        let scripted = |(name, script): (&String, &Script)| {
            let lines = lines.clone();
            let manager = self.scripted.clone().output(move |bytes| lines.take(bytes));
            (name.clone(), Scripted { manager, inputs: json!({ "name": name, "script": script }) })
        };
        scenario.managers.iter().map(scripted).collect()
    }
}

/// The host of one play of a scenario.
struct Sandboxed {
    scripted: BTreeMap<String, Scripted>,
}

struct Scripted {
    manager: Manager,
    inputs: Json,
}

impl Sandboxed {
    fn find(&self, name: &str) -> Result<&Scripted, Raised> {
        self.scripted
            .get(name)
            .ok_or_else(|| Raised::new(Family::Error, ["Scenario"], format!("`{name}` is not in `managers`")))
    }
}

impl Host for Sandboxed {
    type Stack = ExitStack<'static>;

    fn with(&self, manager: &str, body: impl FnOnce(&str) -> Flow) -> Flow {
        let Scripted { manager, inputs } = self.find(manager)?;
        manager.with(inputs, |value: String| body(&value)).map(drop).map_err(going_on)
    }

    fn decorate(
        &self,
        manager: &str,
        function: impl Fn(u32) -> Result<u32, Raised>,
    ) -> Result<impl Fn(u32) -> Result<Option<u32>, Raised>, Raised> {
        let Scripted { manager, inputs } = self.find(manager)?;
        let decorated = manager.wrap(inputs, function).map_err(|error| error.describe())?;
        Ok(move |call| Ok(decorated(call).map_err(going_on)?.completed()))
    }

    fn stack(&self, body: impl FnOnce(&mut Self::Stack) -> Flow) -> Flow {
        ExitStack::with(body).map(drop).map_err(going_on)
    }

    fn enter(&self, stack: &mut Self::Stack, manager: &str) -> Result<String, Raised> {
        let Scripted { manager, inputs } = self.find(manager)?;
        stack.enter(manager, inputs)
    }
}

/// The body's own error where that goes on, and else what took its place.
fn going_on<R>(failure: Failure<R, Raised>) -> Raised {
    failure.into_body().unwrap_or_else(|failure| failure.raised().clone())
}

impl Entries for ExitStack<'static> {
    fn callback(&mut self, function: impl FnOnce() -> Flow + 'static) {
        self.callback(function);
    }

    fn push(&mut self, function: impl FnOnce(Option<&Raised>) -> Answer + 'static) {
        self.push(function);
    }

    fn push_stack(&mut self, stack: Self) {
        self.push_stack(stack);
    }

    fn pop_all(&mut self) -> Self {
        self.pop_all()
    }

    fn close(&mut self) -> Flow {
        self.close()
    }
}
