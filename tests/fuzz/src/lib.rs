//! What targets have in common: a plugin that does what the fuzzer says, and how little it may use.

mod limits;
mod puppet;

pub use limits::{engine, tiny};
pub use puppet::{PUPPET, Script};
