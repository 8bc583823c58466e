//! What the standard managers that work on files have in common.
//!
//! [`clean`] makes a path one that can be held against the grants, [`outermost()`] one that is looked up from the outermost of
//! them, [`fresh`] gives names that nobody else has, [`list()`] those in a directory,
//! [`remove()`] takes away what bears a name, [`set_modified`] sets a time, and [`at`] says in an error which path it is
//! about. [`stop`] is for tests that stop a manager in the middle.

mod list;
mod names;
mod outermost;
mod paths;
mod problem;
mod remove;
pub mod stop;
mod times;

pub use list::{Listing, list};
pub use names::{fresh, random};
pub use outermost::outermost;
pub use paths::{cannot_be, clean, parent};
pub use problem::{as_one, at, group};
pub use remove::remove;
pub use times::set_modified;
