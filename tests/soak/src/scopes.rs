//! The scopes of a soak: [`Scopes`].

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use ambit::{Cache, Engine, Error, Isolation, Limits, Manager};
use serde_json::{Value, json};

use crate::kind::Kind;

/// Managers, good and bad, each with what it is given, under each policy of isolation.
pub(crate) struct Scopes {
    good: Vec<Each>,
    bad: Vec<Each>,
}

/// A manager, and what it is given.
pub(crate) struct Each {
    pub(crate) manager: Manager,
    pub(crate) inputs: Value,
    /// Whether it has a store with others: their faults are its own.
    pub(crate) is_shared: bool,
}

/// A program, one of its managers, and what that is given.
type Given = (&'static str, &'static str, Value);

/// Those that behave: nothing of what they do is a fault.
fn good(kind: Kind) -> Vec<Given> {
    if kind == Kind::Awaits {
        return vec![
            (programs::AWAITS, "sleeps", json!({})),
            (programs::AWAITS, "suppresses", json!({})),
            (programs::AWAITS, "tells", json!({"name": "seen"})),
            (programs::AWAITS, "asks", json!({})),
            (programs::SCRIPTED_AWAITS, "passing", json!({})),
            (programs::SCRIPTED_AWAITS, "wrapping", json!({})),
            (programs::ANSWERS, "groups", json!({})),
            (programs::HOSTILE_AWAITS, "hostile", json!({"cause": "nothing"})),
        ];
    }
    vec![
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
fn bad(kind: Kind) -> Vec<Given> {
    let hostile = |cause: &str, phase: &str| json!({"cause": cause, "phase": phase});
    if kind == Kind::Awaits {
        let awaits = |(cause, phase)| (programs::HOSTILE_AWAITS, "hostile", hostile(cause, phase));
        let deeds = [
            ("trap", "enter"),
            ("trap", "exit"),
            ("stack-overflow", "exit"),
            ("panic", "enter"),
            ("panic", "exit"),
            ("out-of-memory", "enter"),
            ("out-of-memory", "exit"),
            ("invalid-json", "enter"),
            ("foreign-handle", "enter"),
            ("foreign-handle", "exit"),
            ("million-causes", "enter"),
        ];
        let calls = (programs::TRAP, "in_exit", json!({}));
        return deeds.map(awaits).into_iter().chain([calls]).collect();
    }
    vec![
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
    /// Loads all programs of this kind.
    pub(crate) fn load(kind: Kind) -> Result<Self, Error> {
        let engine = Engine::builder().cache(Cache::none()).build()?;
        // One of the programs leaks a handle a scope: stores are to be full of them, and be replaced, within the warm-up.
        let limits = Limits::default().memory(4 << 20).errors(1000).handles(256);
        let mut loaded = HashMap::new();
        let mut load = |all: &[Given]| {
            let mut scopes = Vec::new();
            for (program, name, inputs) in all {
                let managers = match loaded.entry((*program, *name)) {
                    Entry::Occupied(managers) => managers.into_mut(),
                    Entry::Vacant(none) => {
                        let manager = engine.load(program)?.manager(name)?.limits(limits);
                        none.insert(POLICIES.map(|isolation| manager.clone().isolation(isolation)))
                    }
                };
                let each = |(manager, isolation): (&Manager, Isolation)| {
                    let is_shared = isolation == Isolation::shared();
                    Each { manager: manager.clone(), inputs: inputs.clone(), is_shared }
                };
                scopes.extend(managers.iter().zip(POLICIES).map(each));
            }
            Ok::<_, Error>(scopes)
        };
        Ok(Self { good: load(&good(kind))?, bad: load(&bad(kind))? })
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
