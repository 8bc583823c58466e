//! Compiles guests to components, from build scripts and from programs.
//!
//! A *guest* is a cargo package that is compiled into plugins. What comes of it are *components*: one for its library, if
//! that is a `cdylib`, or one for each of its `cdylib` examples.
//!
//! ```no_run
//! // build.rs of a crate that embeds the plugin `ambit-tempdir`
//! # fn main() -> Result<(), ambit_guest_build::Error> {
//! use ambit_guest_build::{Guest, script};
//!
//! for component in script::build(Guest::package("ambit-tempdir"))? {
//!     println!("cargo::rustc-env=TEMPDIR={}", component.path.display());
//! }
//! # Ok(())
//! # }
//! ```

mod artifact;
mod dep_info;
mod environment;
mod error;
mod guest;
pub mod script;
mod tool;

pub use error::Error;
pub use guest::{Built, Component, Guest};
pub use tool::Tool;
