//! Scopes of all sorts, one after another, one in a hundred with a fault; and what the process holds before and after.

mod held;
mod kind;
pub mod languages;
mod scopes;
mod soak;

pub use held::Held;
pub use kind::Kind;
pub use soak::{Soaked, Trouble, soak};
