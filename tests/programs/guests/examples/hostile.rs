//! Does one hostile thing in one phase: its inputs say which, or, where there are none yet, a marker in its bytes. The table
//! of faults (`host/lib/tests/faults`) asks for each.
#![cfg(target_arch = "wasm32")]

#[expect(unsafe_code, reason = "it is generated, and is the boundary itself")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "plugin",
        with: { "ambit:scope/errors@0.1.0": ambit_guest::bindings::ambit::scope::errors },
    });
    export!(Plugin with_types_in self);
    pub(crate) use super::Plugin;
}

use std::sync::atomic::{AtomicU32, Ordering};

use ambit_guest::bindings::ambit::scope::errors::Raised;
use bindings::exports::ambit::scope::managers;
use program_guests::hostile::{Asked, FOREIGN, commit, described, entered, exited, marked};

/// How many scopes this instance entered: the value of each, so that the host sees which ones share an instance.
static ENTERED: AtomicU32 = AtomicU32::new(0);

struct Plugin;

struct Scope(Asked);

/// Runs as the component is instantiated.
#[expect(unsafe_code, reason = "this name is what makes a component run it then")]
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    commit(marked("load"));
}

impl managers::Guest for Plugin {
    type Scope = Scope;

    fn describe() -> Vec<managers::Manager> {
        let initial = described();
        let parameter = |name: &str| managers::Parameter {
            name: name.to_owned(),
            doc: String::new(),
            initial: Some(initial.clone()),
        };
        let parameters = vec![parameter("cause"), parameter("phase")];
        vec![managers::Manager { name: "hostile".to_owned(), doc: String::new(), parameters }]
    }
}

impl managers::GuestScope for Scope {
    fn enter(_manager: String, inputs: String) -> Result<(managers::Scope, String), Raised> {
        let number = ENTERED.fetch_add(1, Ordering::Relaxed) + 1;
        let scope = Self(Asked::by(&inputs));
        let cause = scope.0.in_phase("enter");
        let value = entered(cause, number.to_string())?;
        if cause == "foreign-handle" {
            #[expect(unsafe_code, reason = "no safe code can have a handle that is not its own")]
            return Ok((unsafe { managers::Scope::from_handle(FOREIGN) }, value));
        }
        Ok((managers::Scope::new(scope), value))
    }

    fn exit(&self, failure: Option<Raised>) -> Result<(), Raised> {
        exited(self.0.in_phase("exit"), failure)
    }
}

/// Runs when the host releases the scope, after its exit.
impl Drop for Scope {
    fn drop(&mut self) {
        commit(self.0.in_phase("drop"));
    }
}
