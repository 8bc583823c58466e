//! Programs for tests: plugins that behave in one way or another, and files that are no plugins.
//!
//! Each is a path to a WebAssembly file that the build script made, of an example of the package `program-guests`, or by
//! itself.

include!(concat!(env!("OUT_DIR"), "/constants.rs"));
