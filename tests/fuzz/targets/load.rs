//! Whatever bytes are loaded as a plugin, the answer is a plugin or an error; and whatever that plugin does as its managers
//! are entered and exited, it harms nobody. `build.rs` makes components to begin with.
#![no_main]

use std::sync::OnceLock;

use ambit::{Engine, Isolation, Manager, Raised};
use ambit_fuzz::{engine, tiny};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// More than that of one plugin say nothing new.
const MANAGERS: usize = 4;

fuzz_target!(|bytes: &[u8]| {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| engine().build().expect("this machine runs Wasmtime"));
    match engine.load_bytes("fuzzed", bytes) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(plugin) => {
            let names: Vec<_> =
                plugin.managers().take(MANAGERS).map(|manager| manager.name.clone()).collect();
            for name in names {
                let manager = plugin.manager(&name).expect("it is one of the plugin's own");
                visit(&manager.limits(tiny()));
            }
        }
    }
});

/// Enters and exits it: once well, once with an error, and once in a store that is shared.
fn visit(manager: &Manager) {
    let inputs = inputs(manager);
    let _ = manager.with(&inputs, |_: Value| Ok::<_, Raised>(()));
    let failed = manager.with(&inputs, |_: IgnoredAny| Err::<(), _>("the body failed"));
    if let Err(failure) = failed {
        assert!(!failure.to_string().is_empty());
    }
    let shared = manager.clone().isolation(Isolation::shared());
    let _ = shared.with(&inputs, |_: IgnoredAny| manager.with(&inputs, |_: IgnoredAny| Ok::<_, Raised>(())));
}

/// Something for each parameter that has no default.
fn inputs(manager: &Manager) -> Map<String, Value> {
    let needed = manager.description().parameters.iter().filter(|parameter| parameter.initial.is_none());
    needed.map(|parameter| (parameter.name.clone(), Value::Null)).collect()
}
