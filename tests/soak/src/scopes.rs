//! The scopes of a soak: [`Scopes`].

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use ambit::{Cache, Engine, Error, Isolation, Limits, Manager};
use serde_json::{Value, json};

/// Managers, good and bad, each with what it is given, under each policy of isolation.
pub(crate) struct Scopes {
    good: Vec<Each>,
    bad: Vec<Each>,
}

/// A manager, and what it is given.
pub(crate) struct Each {
    pub(crate) manager: Manager,
    pub(crate) inputs: Value,
}

/// Those that behave: nothing of what they do is a fault.
fn good() -> [(&'static str, &'static str, Value); 10] {
    [
        (programs::ANSWERS, "reraises", json!({})),
        (programs::ANSWERS, "notes", json!({"note": "seen"})),
        (programs::ANSWERS, "replaces_from", json!({})),
        (programs::ANSWERS, "groups", json!({})),
        (programs::ANSWERS, "holds_a_second_handle", json!({})),
        (programs::OUTPUT, "says", json!({})),
        (programs::GUARDS, "says", json!({})),
        (programs::ERRORS, "hoards", json!({"count": 10})),
        (programs::MEMORY, "takes", json!({"bytes": 100_000})),
        // It shares stores with those below that are not as innocent.
        (programs::HOSTILE, "hostile", json!({"cause": "nothing"})),
    ]
}

/// Those of which each scope is a fault, that no budget needs to end.
fn bad() -> [(&'static str, &'static str, Value); 14] {
    let hostile = |cause: &str, phase: &str| json!({"cause": cause, "phase": phase});
    [
        (programs::TRAP, "in_enter", json!({})),
        (programs::TRAP, "in_exit", json!({})),
        (programs::TRAP, "overflows", json!({})),
        (programs::TRAP, "leaves_the_process", json!({})),
        (programs::PANIC, "in_enter", json!({"message": "no way in"})),
        (programs::PANIC, "in_exit", json!({"message": "no way out"})),
        (programs::MEMORY, "in_enter", json!({})),
        (programs::MEMORY, "in_exit", json!({})),
        (programs::SILENT, "never_yields", json!({})),
        (programs::SILENT, "awaits_after", json!({})),
        (programs::HOSTILE, "hostile", hostile("trap", "drop")),
        (programs::HOSTILE, "hostile", hostile("invalid-json", "enter")),
        (programs::HOSTILE, "hostile", hostile("foreign-handle", "exit")),
        (programs::HOSTILE, "hostile", hostile("million-causes", "enter")),
    ]
}

const POLICIES: [Isolation; 3] = [Isolation::lease(), Isolation::Fresh, Isolation::shared()];

impl Scopes {
    /// Loads all programs.
    pub(crate) fn load() -> Result<Self, Error> {
        let engine = Engine::builder().cache(Cache::none()).build()?;
        // One of the programs leaks a handle a scope: stores are to be full of them, and be replaced, within the warm-up.
        let limits = Limits::default().memory(4 << 20).errors(1000).handles(256);
        let mut loaded = HashMap::new();
        let mut load = |all: &[(&'static str, &'static str, Value)]| {
            let mut scopes = Vec::new();
            for (program, name, inputs) in all {
                let managers = match loaded.entry((*program, *name)) {
                    Entry::Occupied(managers) => managers.into_mut(),
                    Entry::Vacant(none) => {
                        let manager = engine.load(program)?.manager(name)?.limits(limits);
                        none.insert(POLICIES.map(|isolation| manager.clone().isolation(isolation)))
                    }
                };
                let each = |manager: &Manager| Each { manager: manager.clone(), inputs: inputs.clone() };
                scopes.extend(managers.iter().map(each));
            }
            Ok::<_, Error>(scopes)
        };
        Ok(Self { good: load(&good())?, bad: load(&bad())? })
    }

    /// A good one; which, counts round.
    pub(crate) fn good(&self, number: usize) -> &Each {
        &self.good[number % self.good.len()]
    }

    /// A bad one; which, counts round.
    pub(crate) fn bad(&self, number: usize) -> &Each {
        &self.bad[number % self.bad.len()]
    }
}
