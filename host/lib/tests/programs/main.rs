//! What the library does with plugins of all sorts: a module for each program of
//! `tests/programs`, and some for a theme.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod async_stacks;
mod awaits;
mod bad_default;
mod body;
mod cancellation;
mod checkpoints;
mod core_module;
mod counts;
mod describe_traps;
mod endless;
mod errors;
mod files;
mod finalizers;
mod guards;
mod hostile;
mod hostile_awaits;
mod inputs;
mod leaks;
mod memory;
mod needs_more;
mod not_wasm;
mod other_version;
mod other_world;
mod output;
mod panic;
mod panics;
mod raw;
mod rights;
mod scripted;
mod scripted_awaits;
mod silent;
mod stacks;
mod tables;
mod trap;
mod truncated;
mod twice;
mod uses;

/// A program without a module does not compile.
macro_rules! is_tested {
    ($name:ident) => {
        #[expect(unused_imports, reason = "it is there, that is all")]
        use crate::$name as _;
    };
}
programs::each!(is_tested);

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use ambit::{Cache, Engine, Error, ErrorKind, Failure, Fault, FaultKind, Manager, Phase, Plugin, With};
use serde::de::IgnoredAny;

/// The engine that all tests share.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::builder().cache(Cache::none()).build().unwrap())
}

/// The plugin in this file, loaded once.
fn plugin(path: &str) -> Plugin {
    static PLUGINS: OnceLock<Mutex<HashMap<String, Plugin>>> = OnceLock::new();
    let mut plugins = PLUGINS.get_or_init(Mutex::default).lock().unwrap();
    let plugin = plugins.entry(path.to_owned()).or_insert_with(|| engine().load(path).unwrap());
    plugin.clone()
}

fn manager(path: &str, name: &str) -> Manager {
    plugin(path).manager(name).unwrap()
}

/// An error of a body, with something in it by which it is known again.
#[derive(Debug, PartialEq)]
struct Own(Arc<str>);

impl std::fmt::Display for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Own {}

/// Runs a body that fails, and gives what came of it, and the error that it failed with.
fn fail(manager: &Manager) -> (With<(), Own>, Arc<str>) {
    fail_with(manager, ())
}

fn fail_with(manager: &Manager, inputs: impl serde::Serialize) -> (With<(), Own>, Arc<str>) {
    let text: Arc<str> = "the body's own".into();
    let ended = manager.with(inputs, |_: IgnoredAny| Err(Own(text.clone())));
    (ended, text)
}

/// Runs a body that completes with 7.
fn complete(manager: &Manager) -> With<u32, Own> {
    manager.with((), |_: IgnoredAny| Ok(7))
}

/// Checks that a file is no plugin, for this reason, and gives the error.
#[track_caller]
fn check_refused(path: &str, kind: ErrorKind, says: &[&str]) -> Error {
    let error = engine().load(path).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    let text = format!("{error}; {}", error.help().unwrap_or_default());
    for part in says {
        assert!(text.contains(part), "{text:?} does not say {part:?}");
    }
    error
}

/// Checks the only fault of a failure.
#[track_caller]
fn check_fault<R, E: Send + Sync + 'static>(failure: &Failure<R, E>, phase: Phase, kind: FaultKind) -> Fault {
    let faults: Vec<_> = failure.faults().cloned().collect();
    assert_eq!(faults.len(), 1, "{failure:?}");
    assert_eq!((faults[0].phase(), faults[0].kind()), (phase, kind), "{}", faults[0]);
    faults[0].clone()
}

/// Checks that an exit was lost for this reason: the body's result and its error are kept, and the next scope works.
#[track_caller]
fn check_lost(
    manager: &Manager,
    inputs: impl serde::Serialize + Copy,
    phase: Phase,
    kind: FaultKind,
) -> Fault {
    let completed = manager.with(inputs, |_: IgnoredAny| Ok::<_, Own>(7)).unwrap_err();
    check_fault(&completed, phase, kind);
    assert_eq!(completed.into_outcome().unwrap().completed(), Some(7), "the body's result is kept");

    let (failed, own) = fail_with(manager, inputs);
    let failed = failed.unwrap_err();
    let fault = check_fault(&failed, phase, kind);
    assert_eq!(failed.into_body().unwrap(), Own(own), "the body's error is kept");
    fault
}

/// Checks that enter failed by a fault for this reason: the body does not run.
#[track_caller]
fn check_not_entered(
    manager: &Manager,
    inputs: impl serde::Serialize,
    phase: Phase,
    kind: FaultKind,
) -> Fault {
    let entered: With<(), Own> = manager.with(inputs, |_: IgnoredAny| panic!("the body runs"));
    check_fault(&entered.unwrap_err(), phase, kind)
}
