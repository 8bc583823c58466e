//! What Wasmtime's `bindgen!` makes of the contract, a module a version, and the conversions between its types and ours.
//! Conversions only: no checks are made here.

pub(crate) mod v0_1;
