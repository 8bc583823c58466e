//! The semantics of `with`, and nothing else: no WebAssembly, no I/O, no async runtime.
//!
//! - A [`Raised`] is an error in flight. It is known by identity, and carries what it was raised from and what was in
//!   flight when it was raised.
//! - An [`Answer`] is what something that exits says; [`settle()`] is what that answer means for the error pending then.
//! - A [`Stack`] holds what is to exit; [`Unwind`] walks it, last in, first out, and is driven from outside, so that sync
//!   and async hosts share it.
//!
//! The rules are those of CPython's `with` statement and `contextlib`; the crate `conformance` holds them against
//! recordings of CPython. Cancellation and faults, which CPython has no word for, follow `wit/README.md`.

mod describe;
mod policy;
mod raised;
mod settle;
mod stack;

pub use ambit_kinds::Family;
pub use describe::{Describe, StandsFor, via};
pub use policy::Policy;
pub use raised::{Chain, Raised, Relation};
pub use settle::{Answer, Incident, Settled, settle, settle_together, together};
pub use stack::{Ending, Released, Stack, Unwind};
