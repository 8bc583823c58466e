//! What a case is played with: [`Stage`].

use std::sync::{Arc, Mutex};

use ambit::{Family, Isolation, Manager, Plugin, Raised};
use serde_json::{Value as Json, json};

use crate::{GuestError, Guests, Language, Scenario};

/// The guest of one language, and those of the others.
pub(super) struct Stage<'a> {
    pub(super) language: Language,
    pub(super) guests: &'a Guests,
    pub(super) plugin: Plugin,
    /// The scenarios of the case.
    pub(super) scenarios: &'a [Scenario],
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        guests: &'a Guests,
        language: Language,
        scenarios: &'a [Scenario],
    ) -> Result<Self, Arc<GuestError>> {
        Ok(Self { language, guests, plugin: guests.plugin(language)?, scenarios })
    }

    /// A manager of the guest.
    pub(super) fn manager(&self, name: &str) -> Manager {
        self.plugin.manager(name).unwrap()
    }

    /// One whose scopes are all in one instance.
    pub(super) fn shared(&self, name: &str) -> Manager {
        self.manager(name).isolation(Isolation::shared())
    }

    /// A manager that does what a script says, and where it writes what it logs.
    pub(super) fn scripted(&self) -> (Manager, Sink) {
        let sink = Sink::default();
        let manager = self.manager("scripted");
        let written = sink.clone();
        (manager.output(move |bytes| written.0.lock().unwrap().extend(bytes)), sink)
    }
}

/// The arguments of a manager `a` that logs that it exits, and does `then` with any error: `reraise` or `suppress`.
pub(super) fn script(then: &str) -> Json {
    script_of("a", then)
}

/// The same for a manager of another name.
pub(super) fn script_of(name: &str, then: &str) -> Json {
    json!({"name": name, "script": {
        "before": [{"log": "enter"}], "yields": 1, "value": "value",
        "handlers": [{"catch": "*", "actions": [], "then": then}],
        "else": [{"log": "completed"}], "finally": [{"log": "exit"}],
    }})
}

/// Where a guest writes what it logs.
#[derive(Clone, Default)]
pub(super) struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    /// What was written since it was asked last.
    pub(super) fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }
}

/// An error of family `error`.
pub(super) fn raised(kinds: &[&str]) -> Raised {
    Raised::new(Family::Error, kinds.iter().copied(), "it broke")
}

/// An error of the host's program that is told by where it lies.
#[derive(Debug)]
pub(crate) struct Own(Box<u8>);

impl Own {
    pub(crate) fn new() -> Self {
        Self(Box::new(7))
    }

    pub(crate) fn address(&self) -> *const u8 {
        &raw const *self.0
    }
}

impl std::fmt::Display for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the body's own")
    }
}

impl std::error::Error for Own {}
