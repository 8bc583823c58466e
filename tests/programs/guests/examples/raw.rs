//! Breaks the contract as only a guest can that has no SDK.
#![cfg(target_arch = "wasm32")]

#[expect(unsafe_code, reason = "it is generated, and is the boundary itself")]
mod bindings {
    wit_bindgen::generate!({ path: "../../../wit", world: "plugin" });
    export!(Plugin with_types_in self);
    pub(crate) use super::Plugin;
}

use std::hint::black_box;
use std::mem::forget;

use bindings::ambit::scope::errors::Raised;
use bindings::exports::ambit::scope::managers;

struct Plugin;

/// The name of the manager that was entered.
struct Scope(String);

const NAMES: &[&str] = &[
    "value_is_no_json",
    "value_is_empty",
    "value_is_nested",
    "value_is_large",
    "value_is_half_a_pair",
    "raises_from_itself",
    "enter_raises_a_fault",
    "unknown_rule",
    "broken_panic",
    "broken_panic_in_enter",
    "traps_when_dropped",
    "loops_when_dropped",
    "panics_when_dropped",
    "handles_without_end",
    "not to be named(1)",
];

impl managers::Guest for Plugin {
    type Scope = Scope;

    fn describe() -> Vec<managers::Manager> {
        let manager = |&name: &&str| managers::Manager {
            name: name.to_owned(),
            doc: String::new(),
            parameters: Vec::new(),
        };
        NAMES.iter().map(manager).collect()
    }
}

impl managers::GuestScope for Scope {
    fn enter(manager: String, _inputs: String) -> Result<(managers::Scope, String), Raised> {
        let value = match manager.as_str() {
            "value_is_no_json" => "{not JSON",
            "value_is_empty" => "",
            "value_is_nested" => return Ok((managers::Scope::new(Self(manager)), nested(128))),
            "value_is_large" => r#"{"whole": 1180591620717411303424, "real": [1e400, 0.10]}"#,
            "value_is_half_a_pair" => r#"{"half": "\ud800"}"#,
            "enter_raises_a_fault" => return Err(Raised::broken("did-not-yield")),
            "unknown_rule" => return Err(Raised::broken("no-rule-of-the-contract")),
            "broken_panic_in_enter" => return Err(Raised::broken("panic")),
            _ => "null",
        };
        Ok((managers::Scope::new(Self(manager)), value.to_owned()))
    }

    fn exit(&self, failure: Option<Raised>) -> Result<(), Raised> {
        match (self.0.as_str(), failure) {
            ("broken_panic", _) => Err(Raised::broken("panic")),
            ("handles_without_end", Some(failure)) => {
                failure.set_cause(Some(&Raised::new(&[], "asked for again and again")));
                loop {
                    forget(failure.cause());
                }
            }
            ("raises_from_itself", failure) => {
                let raised = Raised::new(&["ring".to_owned()], "raised from itself");
                raised.set_cause(failure.as_ref());
                raised.set_cause(Some(&raised));
                Err(raised)
            }
            (_, Some(failure)) => Err(failure),
            (_, None) => Ok(()),
        }
    }
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

/// Runs when the host releases the scope, after its exit.
impl Drop for Scope {
    fn drop(&mut self) {
        match self.0.as_str() {
            "traps_when_dropped" => std::process::abort(),
            "panics_when_dropped" => panic!("no way down"),
            "loops_when_dropped" => loop {
                black_box(());
            },
            _ => {}
        }
    }
}
