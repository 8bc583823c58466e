//! The library `ambit` as a host, with managers that run in the sandbox: [`Sandbox`].

mod awaiting;
mod lines;

use std::collections::BTreeMap;

use ambit::{Answer, Describe, Error, ExitStack, Failure, Family, Isolation, Manager, Plugin, Raised};
use serde_json::{Value as Json, json};

use crate::host::at_once;
use crate::program::{play, policy};
use crate::script::Script;
use crate::{Entries, Expected, Flow, Host, Native, Outcome, Scenario};

use awaiting::Awaiting;
use lines::Lines;

/// The library `ambit` as a host, with plugins whose managers `scripted` play those of scenarios.
#[derive(Debug)]
pub struct Sandbox {
    scripted: Vec<Manager>,
}

impl Sandbox {
    /// With these plugins, whose scopes are to be kept apart so. Where they are several, each manager of a scenario is played by
    /// the next one, beginning with another in each scenario.
    ///
    /// # Errors
    /// A plugin has no manager `scripted`.
    pub fn new(plugins: &[Plugin], isolation: Isolation) -> Result<Self, Error> {
        let scripted = |plugin: &Plugin| plugin.manager("scripted");
        let managers = plugins.iter().map(scripted).collect::<Result<Vec<_>, _>>()?;
        let on_terms = |manager: Manager| manager.policy(policy()).isolation(isolation);
        Ok(Self { scripted: managers.into_iter().map(on_terms).collect() })
    }

    /// Plays a scenario.
    #[must_use]
    pub fn play(&self, scenario: &Scenario) -> Outcome {
        let lines = Lines::default();
        let host = Sandboxed { scripted: self.scripted(scenario, &lines) };
        let got = at_once(play(scenario, &host, lines.trace()));
        Self::outcome(scenario, got, &lines)
    }

    fn outcome(scenario: &Scenario, got: Expected, lines: &Lines) -> Outcome {
        // What a guest says that it cannot is believed where CPython came to a second yield, and nowhere else.
        if lines.want_a_second_yield() && Native.comes_to_a_second_yield(scenario) {
            return Outcome::Skipped;
        }
        Outcome::of(scenario, got)
    }

    /// Plays a scenario with bodies that await.
    pub async fn play_awaiting(&self, scenario: &Scenario) -> Outcome {
        let lines = Lines::default();
        let host = Awaiting(Sandboxed { scripted: self.scripted(scenario, &lines) });
        let got = play(scenario, &host, lines.trace()).await;
        Self::outcome(scenario, got, &lines)
    }

    /// What plays each manager of the scenario.
    fn scripted(&self, scenario: &Scenario, lines: &Lines) -> BTreeMap<String, Scripted> {
        let first = usize::try_from(scenario.id).unwrap_or_default() % self.scripted.len().max(1);
        let players = self.scripted.iter().cycle().skip(first);
        let scripted = |((name, script), player): ((&String, &Script), &Manager)| {
            let lines = lines.clone();
            let manager = player.clone().output(move |bytes| lines.take(bytes));
            (name.clone(), Scripted { manager, inputs: json!({ "name": name, "script": script }) })
        };
        scenario.managers.iter().zip(players).map(scripted).collect()
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

    async fn with(&self, manager: &str, body: impl AsyncFnOnce(&str) -> Flow) -> Flow {
        let Scripted { manager, inputs } = self.find(manager)?;
        manager.with(inputs, |value: String| at_once(body(&value))).map(drop).map_err(going_on)
    }

    fn decorate(
        &self,
        manager: &str,
        function: impl AsyncFn(u32) -> Result<u32, Raised>,
    ) -> Result<impl AsyncFn(u32) -> Result<Option<u32>, Raised>, Raised> {
        let Scripted { manager, inputs } = self.find(manager)?;
        let function = move |call| at_once(function(call));
        let decorated = manager.wrap(inputs, function).map_err(|error| error.describe())?;
        Ok(async move |call| Ok(decorated(call).map_err(going_on)?.completed()))
    }

    async fn stack(&self, body: impl AsyncFnOnce(&mut Self::Stack) -> Flow) -> Flow {
        ExitStack::with(|stack| at_once(body(stack))).map(drop).map_err(going_on)
    }

    async fn enter(&self, stack: &mut Self::Stack, manager: &str) -> Result<String, Raised> {
        let Scripted { manager, inputs } = self.find(manager)?;
        stack.enter(manager, inputs)
    }
}

/// The body's own error where that goes on, and else what took its place.
fn going_on<R>(failure: Failure<R, Raised>) -> Raised {
    failure.into_body().unwrap_or_else(|failure| failure.raised().clone())
}

impl Entries for ExitStack<'static> {
    fn callback(&mut self, function: impl FnOnce() -> Flow + Send + 'static) {
        self.callback(function);
    }

    fn push(&mut self, function: impl FnOnce(Option<&Raised>) -> Answer + Send + 'static) {
        self.push(function);
    }

    fn push_stack(&mut self, stack: Self) {
        self.push_stack(stack);
    }

    fn pop_all(&mut self) -> Self {
        self.pop_all()
    }

    async fn close(&mut self) -> Flow {
        self.close()
    }
}
