//! Programs for tests: plugins that behave in one way or another, and files that are no plugins.
//!
//! Each is a path to a WebAssembly file that the build script made, of an example of the packages `program-guests` and
//! `program-guests-that-await`, or by itself.

include!(concat!(env!("OUT_DIR"), "/constants.rs"));

/// Whether the guests can connect to addresses: Rust's standard library cannot on wasm32-wasip1, for which
/// `cargo component` builds.
#[must_use]
pub fn have_sockets() -> bool {
    RIGHTS.contains("wasm32-wasip2")
}
