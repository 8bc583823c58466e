//! Context managers that are WebAssembly components, driven with the semantics of Python's `with`.
//!
//! A *manager* is a named thing that can be entered; a *plugin* is a component that offers managers. A manager that was
//! entered is a *scope*: its *enter* ran to its yield and gave a *value*, and its *exit* is still to come. Between the
//! two runs the *body*, a closure of yours. An error of the body is *raised* at the manager's yield, where the manager may
//! *suppress* it, *re-raise* it (the same error) or *replace* it.
//!
//! ```no_run
//! use ambit::{Dir, Engine};
//! use serde_json::json;
//! use std::path::PathBuf;
//!
//! # fn build(_: &std::path::Path) -> std::io::Result<u64> { Ok(0) }
//! # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let engine = Engine::new()?;
//! let plugin = engine.load("managers.wasm")?;
//! let tempdir = plugin.manager("tempdir")?.grant(Dir::read_write("/tmp"))?;
//! let size = tempdir.with(json!({"prefix": "build-"}), |dir: PathBuf| build(&dir))?;
//! # Ok(())
//! # }
//! ```
//!
//! # Failures
//! Three families, never mixed:
//! - [`Raised`]: an error in flight, a value of the program.
//! - [`Fault`]: the machinery failed while a scope was live: a trap, a spent budget, a broken contract. The body's result or
//!   error is kept, and outer scopes exit all the same.
//! - [`Error`]: set-up failed, and no scope exists.
//!
//! Inside scopes all three travel as [`Raised`], as in Python everything that is raised is an exception: of a fault or a
//! set-up error, [`Raised::native`] gives the [`Fault`] or [`Error`] back.
//!
//! # What a plugin can do
//! Nothing, but compute within its [`Limits`]. Directories, variables and addresses are [granted](Manager::grant). Each
//! live scope has a store of its own, so that what one does to itself harms no other.

mod async_stack;
mod background;
mod binary;
mod bindings;
mod body;
mod cache;
mod call;
mod cancel;
mod checkpoints;
mod compiled;
mod concurrent;
mod crew;
mod deadline;
mod decorator;
mod driver;
mod engine;
mod error;
mod errors;
mod exchange;
mod exit_stack;
mod fault;
mod folder;
mod grants;
mod instances;
mod isolation;
mod journal;
mod leak;
mod limits;
mod lost;
mod manager;
mod outcome;
mod output;
mod phase;
mod place;
mod plugin;
mod private;
mod record;
mod recovery;
mod runtime;
mod scope;
mod sealed;
mod settling;
mod shared;
mod state;
mod trace;
mod waiting;
mod with;

pub use ambit_core::{
    Answer, Chain, Describe, Ending, Family, Incident, Policy, Raised, Relation, Released, StandsFor, via,
};
pub use async_stack::AsyncExitStack;
pub use body::{check, time_left};
pub use cache::Cache;
pub use cancel::until_cancelled;
pub use engine::{Engine, EngineBuilder};
pub use error::{Error, ErrorKind};
pub use exit_stack::ExitStack;
pub use fault::{Fault, FaultKind, Phase};
pub use grants::{Dir, Env, Grant, Net};
pub use isolation::Isolation;
pub use journal::Journal;
pub use leak::Leak;
pub use limits::Limits;
pub use lost::{Lost, LostStatus, Recovered, Recoveries};
pub use manager::Manager;
pub use outcome::{Failure, Outcome, With};
pub use plugin::{Description, Parameter, Plugin};
pub use recovery::Recovery;
pub use settling::Unsettled;
#[doc(no_inline)]
pub use tokio_util::sync::CancellationToken;
