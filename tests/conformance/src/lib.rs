//! Plays scenarios that were recorded from CPython, and holds what happens against what CPython did.
//!
//! A [`Scenario`] is a program of nested `with` blocks, the managers that it uses, and the trace and the end that CPython's
//! own `contextlib` gave it; `FORMAT.md` describes it, `oracle.py` records more. A [`Suite`] is a recording. Two hosts can
//! play it: [`Sandbox`] is the library `ambit`, with managers that run in the sandbox; [`Native`] is `ambit-core` alone.
//!
//! In the sandbox a [`Guest`] plays the managers, in one [`Language`] or in all; a [`Matrix`] is several recordings and several
//! guests. A [`Case`] is what CPython's own tests claim.

mod actions;
mod builder;
pub mod cases;
pub mod cpython;
mod guest;
mod host;
mod isolation;
mod language;
mod matrix;
mod name;
mod native;
mod outcome;
mod program;
mod sandbox;
mod scenario;
mod script;
mod suite;
mod table;
mod trace;

pub use builder::{BuildError, build};
pub use cases::Case;
pub use guest::{Guest, GuestError, Guests};
pub(crate) use host::{Entries, Flow, Host};
pub use isolation::ISOLATIONS;
pub use language::{Language, Need};
pub use matrix::Matrix;
pub use native::Native;
pub use outcome::{Difference, Outcome};
pub use sandbox::Sandbox;
pub use scenario::{End, Expected, Link, Scenario};
pub use suite::{ReadError, Suite, Tally};
pub use table::Table;
pub(crate) use trace::Trace;
