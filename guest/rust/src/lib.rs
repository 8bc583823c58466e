//! Context managers for programs in any language: each one `async fn` with one yield, compiled to a WebAssembly component.

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;

mod arguments;
mod at;
mod convert;
mod drive;
mod error;
mod export;
mod manager;
mod place;
mod raised;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod yielder;

pub use ambit_guest_macros::manager;
pub use ambit_kinds as kinds;
pub use at::At;
pub use error::{Error, Family, Kinds, Result};
pub use manager::{Manager, Parameter};
pub use yielder::Scope;

/// For what the macros write.
#[doc(hidden)]
pub mod __private {
    pub use crate::drive::{Started, start};
    pub use crate::export::{Offers, distinct};
    pub use crate::manager::Initial;
    pub use serde_json::json;
}
