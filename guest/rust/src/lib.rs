//! Context managers for programs in any language: each one `async fn` with one yield, compiled to a WebAssembly component.
//!
//! A *manager* is a named thing that can be entered. It is written as one straight function with one yield: what stands
//! ahead of the yield is its *enter*, what stands after is its *exit*. The yield gives a *value* to the *body*, which runs
//! in the host's program, and waits there until the body has ended. If the body failed, its error is *raised* at the yield.
//! A manager that was entered, and has not exited, is a *scope*. A *plugin* is a component that offers managers to hosts by
//! name.
//!
//! ```
//! use std::fs;
//! use std::path::PathBuf;
//!
//! use ambit_guest::{At, Result, Scope, manager, plugin};
//!
//! /// A fresh directory, removed with all that is in it.
//! #[manager]
//! async fn tempdir(
//!     /// What its name begins with.
//!     #[default("tmp-")]
//!     prefix: String,
//!     scope: Scope<PathBuf>,
//! ) -> Result<()> {
//!     let dir = PathBuf::from("/tmp").join(format!("{prefix}{}", std::process::id()));
//!     fs::create_dir(&dir).at(&dir)?; //                  enter: after an error here there is no exit
//!     let body = scope.yields(dir.clone()).await; //      the body runs here
//!     fs::remove_dir_all(&dir).at(&dir)?; //              exit
//!     body //                                             the body's error, if any, goes on
//! }
//!
//! plugin!(tempdir);
//!
//! // In a unit test, natively:
//! # fn main() {
//! use ambit_guest::testing::{enter, json};
//!
//! let entered = enter(tempdir, json!({"prefix": "doc-"})).unwrap();
//! let dir: PathBuf = entered.value();
//! assert!(dir.is_dir());
//! entered.exit(Ok(())).unwrap();
//! assert!(!dir.exists());
//! # }
//! ```
//!
//! # The body's error
//! The yield gives `Ok(())` if the body completed, `Err(error)` if it failed. What the function then returns is its answer:
//!
//! | it returns | which means |
//! |---|---|
//! | the same error | it goes on: the host's program gets its own error value back |
//! | `Ok(())` | the error is suppressed |
//! | another error | that takes its place, and has the body's as context |
//!
//! So `scope.yields(value).await?` skips the rest where the body failed, as in a function that has no `finally`; a manager
//! that cleans up keeps the result, cleans up, and returns it. An [`Error`] is matched by its [kinds](Error::is). One that
//! [is cancelled](Error::is_cancelled) tells that the body was made to stop; it goes on whatever is returned.
//!
//! # Arguments, value
//! Arguments are read from JSON, into anything that [`serde`] can make; a value is written as JSON, from anything that it can
//! write. A bad argument is an error of the enter, of the kinds `invalid-argument:NAME` and `invalid-argument`, and no code of
//! the manager has run. A value that cannot be written is an error at the yield, and the body does not run.
//!
//! # What is sure
//! - Exit runs once, if enter came to its yield and the component lives.
//! - Each enter is a scope of its own. By default hosts give each an instance of its own too: managers share no memory.
//! - A scope that the host gives up is exited with a cancelled error. If it is dropped without an exit, the function is
//!   dropped at its yield, and with it its locals.
//! - A panic ends the component at once: no exit runs, and no destructor. Its message reaches the host. Return errors.
//! - A manager awaits its yield, and nothing else: there is no runtime that would wake it. The host reports one that does as
//!   a fault, and says so. One that `plugin!(async …)` names may await what it likes, before its yield and after.
//!
//! # What is lost
//! A scope is *lost* if its exit does not come to its end: it panics, its budget is spent, the host is killed. What it held
//! outside of its memory would stay for ever. So a manager that makes files, or anything else that outlives it, leaves a
//! [`Checkpoint`] ahead of that, and names a function that releases from it what is there to release:
//!
//! ```
//! # use std::hash::{BuildHasher, RandomState};
//! # use std::{fs, io, path::PathBuf};
//! use ambit_guest::{At, Checkpoint, Result, Scope, manager};
//! use serde::{Deserialize, Serialize};
//!
//! /// What a tempdir leaves for its recovery.
//! #[derive(Serialize, Deserialize)]
//! struct Left {
//!     dir: PathBuf,
//! }
//!
//! /// A fresh directory, removed with all that is in it.
//! #[manager(recover = remove_left)]
//! async fn tempdir(prefix: String, checkpoint: Checkpoint<Left>, scope: Scope<PathBuf>) -> Result {
//!     let random = RandomState::new().hash_one(()); //    nobody else makes a directory of this name
//!     let dir = PathBuf::from(format!("/tmp/{prefix}{random:x}"));
//!     checkpoint.leave(&Left { dir: dir.clone() })?; //   ahead of what it tells of
//!     fs::create_dir(&dir).at(&dir)?;
//!     let body = scope.yields(dir.clone()).await;
//!     fs::remove_dir_all(&dir).at(&dir)?;
//!     body
//! }
//!
//! /// Removes what a lost scope left.
//! fn remove_left(left: Left) -> Result {
//!     match fs::remove_dir_all(&left.dir) {
//!         Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
//!         removed => removed.at(&left.dir),
//!     }
//! }
//! # use ambit_guest::testing::{enter, json, recover};
//! # let left: Left = enter(tempdir, json!({"prefix": "lost-"})).unwrap().checkpoint().unwrap();
//! # recover(tempdir, &left).unwrap();
//! # assert!(!left.dir.exists());
//! # recover(tempdir, &left).unwrap();
//! ```
//!
//! - The function runs in another instance, with the same rights and none of the manager's memory: at once after a fault; where
//!   the host died, when one that keeps a journal starts again.
//! - It is *idempotent*: it may have been cut in the middle and run again, and it may find all released, or never acquired.
//! - It takes away what is the scope's own and nothing else. A name that somebody else may use in the meantime does not
//!   say whose a thing is: leave a random one, or a token that stands in the thing.
//! - An error means that something is left: the host keeps the checkpoint, and may try again.
//! - Nothing is recovered after an exit that came to its end, whatever it answered, nor after an enter that failed.
//!
//! # Building
//! A plugin is a crate of type `cdylib`. Either of these makes the component:
//!
//! ```text
//! cargo build --release --target wasm32-wasip2
//! cargo component build --release
//! ```

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;

mod arguments;
mod at;
mod checkpoint;
mod convert;
mod drive;
mod error;
mod export;
mod finite;
pub mod grants;
mod json;
mod manager;
mod path;
pub mod phase;
mod place;
mod raised;
mod seconds;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
#[cfg(not(all(target_arch = "wasm32", not(target_env = "p2"))))]
pub mod time;
mod yielder;

/// Makes a [`Manager`] of an `async fn`: afterwards its name is a function that gives it.
///
/// The function has any parameters, and as last one a [`Scope`] of what it yields; it returns [`Result`]. Its doc comment,
/// and those of its parameters, reach whoever inspects the plugin, as Markdown.
///
/// - `#[default(VALUE)]` on a parameter lets it be left out. `VALUE` is whatever `serde_json::json!` takes: a literal,
///   `null`, an array, an object, an expression. An `Option` that may be left out has `#[default(null)]`.
/// - `#[manager(name = "temp-dir")]` gives the manager another name than that of the function.
/// - `#[manager(recover = release)]` names the function that releases what a lost scope held, from what it left by its
///   [`Checkpoint`], the parameter right ahead of the scope: `fn release(state: State) -> Result`.
///
/// Attributes of the function hold for it as written, lints for the whole.
///
/// # Examples
/// ```
/// use ambit_guest::testing::{enter, json};
/// use ambit_guest::{Result, Scope, manager};
/// use std::time::Instant;
///
/// /// How long the body took, on stderr.
/// #[manager]
/// async fn timer(
///     /// What to call it.
///     #[default("body")] label: String,
///     /// Say so only if it took that many seconds.
///     #[default(null)] over: Option<f64>,
///     scope: Scope,
/// ) -> Result {
///     let start = Instant::now();
///     let body = scope.yields(()).await;
///     let took = start.elapsed().as_secs_f64();
///     if over.is_none_or(|over| took > over) {
///         eprintln!("{label}: {took:.3} s");
///     }
///     body
/// }
///
/// assert_eq!(timer().doc(), "How long the body took, on stderr.");
/// assert_eq!(timer().parameters()[1].initial().as_deref(), Some("null"));
/// enter(timer, json!({"over": 5})).unwrap().exit(Ok(())).unwrap();
/// ```
pub use ambit_guest_macros::manager;

/// The portable kinds of errors, and how a path of kinds is made.
pub use ambit_kinds as kinds;
pub use ambit_kinds::Family;
pub use at::At;
pub use checkpoint::Checkpoint;
pub use error::{Error, Result};
pub use manager::{Manager, Parameter};
pub use path::Kinds;
pub use seconds::Seconds;
pub use yielder::Scope;

/// For what the macros write.
#[doc(hidden)]
pub mod __private {
    pub use crate::checkpoint::{Leaves, recover};
    pub use crate::drive::{Started, start};
    pub use crate::export::{Offers, distinct};
    pub use crate::manager::Initial;
    pub use serde_json::json;
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
