//! Scopes of all sorts, one after another, one in a hundred with a fault; and what the process holds before and after.

mod held;
pub mod languages;
mod scopes;
mod soak;

pub use held::Held;
pub use soak::{Soaked, Trouble, soak};
