//! Scopes of a real guest, which does what the fuzzer says, among functions of the host's own: whatever traps, raises, panics
//! or is dropped, each exit runs once and in order, what nobody may stop reaches the caller, and the next scope works.
#![no_main]

mod run;
mod stacks;

use std::sync::OnceLock;
use std::time::Duration;

use ambit::{Engine, Fault, FaultKind, Isolation, Manager, Plugin, Policy, Raised};
use ambit_fuzz::{PUPPET, Script, engine, tiny};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

use run::Run;

#[derive(Debug, Arbitrary)]
struct Setting {
    isolation: u8,
    policy: u8,
    body_is_over: bool,
}

fuzz_target!(|input: (Setting, Vec<run::Step>)| {
    static PLUGIN: OnceLock<(Engine, Plugin)> = OnceLock::new();
    let (engine, plugin) = PLUGIN.get_or_init(|| {
        let engine = engine().build().expect("this machine runs Wasmtime");
        let plugin = engine.load_bytes("puppet", PUPPET).expect("it is a plugin");
        (engine, plugin)
    });
    let (setting, steps) = input;
    let manager = setting.manager(plugin);
    Run::new(engine, &manager, setting.body_is_over).play(steps);
    check_works(&manager);
});

impl Setting {
    fn manager(&self, plugin: &Plugin) -> Manager {
        let isolation = match self.isolation % 4 {
            0 => Isolation::Fresh,
            1 => Isolation::lease(),
            2 => Isolation::Shared { scopes: 2 },
            _ => Isolation::shared(),
        };
        let policy = match self.policy % 4 {
            0 => Policy::default(),
            1 => Policy::none(),
            2 => Policy::default().suppress_faults(true),
            _ => Policy::none().suppress_only(["puppet"]),
        };
        let limits = tiny().body(self.body_is_over.then_some(Duration::ZERO));
        let manager = plugin.manager("puppet").expect("it is offered");
        manager.limits(limits).isolation(isolation).policy(policy)
    }
}

/// How often a scope may meet what earlier ones left in its store. The first that does loses it.
const TRIES: usize = 4;

/// A scope that does nothing works, whatever went before.
fn check_works(manager: &Manager) {
    let mut tries = 0;
    while tries < TRIES {
        let ended = manager.with(Script::default().inputs(), |_: IgnoredAny| Ok::<_, Raised>(7));
        let failure = match ended {
            Ok(outcome) => return assert_eq!(outcome.completed(), Some(7)),
            Err(failure) => failure,
        };
        let fault = failure.faults().next().map(Fault::kind);
        assert!(fault.is_some(), "a scope that does nothing raises {failure:?}");
        // A busy machine is no reason.
        tries += usize::from(fault != Some(FaultKind::Budget));
    }
    panic!("no scope works any more");
}
