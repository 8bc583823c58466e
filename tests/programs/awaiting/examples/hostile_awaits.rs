//! Does what `hostile` does, once it has awaited something, and one thing more: it awaits for ever.
#![cfg(target_arch = "wasm32")]

#[expect(unsafe_code, reason = "it is generated, and is the boundary itself")]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit", "../../../wit/async"],
        world: "ambit:scope-async/async-plugin",
        with: {
            "ambit:scope/errors@0.1.0": ambit_guest::bindings::ambit::scope::errors,
            "ambit:scope/checkpoints@0.1.0": ambit_guest::bindings::ambit::scope::checkpoints,
            "ambit:scope/phase@0.1.0": ambit_guest::bindings::ambit::scope::phase,
        },
    });
    export!(Plugin with_types_in self);
    pub(crate) use super::Plugin;
}

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ambit_guest::bindings::ambit::scope::errors::Raised;
use ambit_guest::time;
use bindings::exports::ambit::scope_async::managers;
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
    // As it is loaded, nothing is granted: by this it behaves then, and not in the instance that it is entered in.
    commit(&std::env::var("HOSTILE_AT_START").unwrap_or_default());
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
    async fn enter(_manager: String, inputs: String) -> Result<(managers::Scope, String), Raised> {
        let number = ENTERED.fetch_add(1, Ordering::Relaxed) + 1;
        let scope = Self(Asked::by(&inputs));
        let cause = scope.0.in_phase("enter");
        awaits(cause).await;
        let value = entered(cause, number.to_string())?;
        if cause == "foreign-handle" {
            #[expect(unsafe_code, reason = "no safe code can have a handle that is not its own")]
            return Ok((unsafe { managers::Scope::from_handle(FOREIGN) }, value));
        }
        Ok((managers::Scope::new(scope), value))
    }

    async fn exit(this: managers::Scope, failure: Option<Raised>) -> Result<(), Raised> {
        let Self(asked) = this.into_inner();
        let cause = asked.in_phase("exit");
        awaits(cause).await;
        exited(cause, failure)
    }
}

/// Awaits a moment; or for ever, if it is that what it is to do.
async fn awaits(cause: &str) {
    time::sleep(Duration::from_micros(1)).await;
    if cause == "hanging-await" {
        std::future::pending::<()>().await;
    }
}
