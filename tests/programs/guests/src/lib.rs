//! Guests for tests: each example is a plugin, and shows one way to behave.

pub mod cases;
#[cfg(target_arch = "wasm32")]
pub mod hostile;
pub mod script;

/// A plugin without an SDK, of which nothing can be entered: all that it does is to describe itself, by `$describe`.
#[macro_export]
macro_rules! only_describes {
    ($describe:expr) => {
        #[expect(unsafe_code, reason = "it is generated, and is the boundary itself")]
        mod bindings {
            wit_bindgen::generate!({ path: "../../../wit", world: "plugin" });
            export!(Plugin with_types_in self);
            pub(crate) use super::Plugin;
        }

        use bindings::ambit::scope::errors::Raised;
        use bindings::exports::ambit::scope::managers;

        struct Plugin;

        enum Scope {}

        impl managers::Guest for Plugin {
            type Scope = Scope;

            fn describe() -> Vec<managers::Manager> {
                $describe
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
    };
}
