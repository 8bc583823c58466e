//! Describes a parameter whose default is no JSON.
#![cfg(target_arch = "wasm32")]

#[expect(unsafe_code, reason = "it is generated, and is the boundary itself")]
mod bindings {
    wit_bindgen::generate!({ path: "../../../wit", world: "plugin" });
    export!(Plugin with_types_in self);
    pub(crate) use super::Plugin;
}

use bindings::ambit::scope::errors::Raised;
use bindings::exports::ambit::scope::managers;

struct Plugin;

/// Nothing can be entered.
enum Scope {}

impl managers::Guest for Plugin {
    type Scope = Scope;

    fn describe() -> Vec<managers::Manager> {
        let odd = managers::Parameter {
            name: "odd".to_owned(),
            doc: String::new(),
            initial: Some("not JSON".to_owned()),
        };
        vec![managers::Manager { name: "odd_default".to_owned(), doc: String::new(), parameters: vec![odd] }]
    }
}

impl managers::GuestScope for Scope {
    fn enter(_manager: String, _inputs: String) -> Result<(managers::Scope, String), Raised> {
        Err(Raised::new(&[], "nothing can be entered"))
    }

    fn exit(&self, _failure: Option<Raised>) -> Result<(), Raised> {
        match *self {}
    }
}
