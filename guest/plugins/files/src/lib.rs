//! What the standard managers that work on files have in common.
//!
//! A *grant* is a directory that the host's user gave to the plugin, under the path that the guest sees. [`clean`] and
//! [`require`] hold a path against the grants before the file system is asked: it would not say which right is missing.
//! [`fresh`] gives names that nobody else has, [`remove()`] takes away what bears a name, [`set_modified`] sets a time, and
//! [`at`] says in an error which path it is about.

mod grants;
mod names;
mod problem;
mod remove;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod times;

pub use grants::{clean, contains, granted, parent, require};
pub use names::{fresh, random};
pub use problem::{as_one, at, group};
pub use remove::remove;
pub use times::set_modified;
