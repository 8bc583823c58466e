//! Plays scenarios that were recorded from CPython, and holds what happens against what CPython did.
//!
//! A [`Scenario`] is a program of nested `with` blocks, the managers that it uses, and the trace and the end that CPython's
//! own `contextlib` gave it; `FORMAT.md` describes it, `oracle.py` records more. A [`Host`] is whatever can run such a
//! program: [`Native`] is `ambit-core` alone.

mod actions;
mod host;
mod name;
mod native;
mod outcome;
mod program;
mod scenario;
mod script;
mod suite;
mod trace;

pub use host::{Entries, Flow, Host};
pub use native::{Native, NativeStack};
pub use outcome::{Difference, Outcome};
pub use program::play;
pub use scenario::{End, Expected, Link, Scenario};
pub use suite::{ReadError, Suite, Tally};
pub use trace::Trace;
