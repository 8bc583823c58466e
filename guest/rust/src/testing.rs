//! Drives a manager in a unit test, natively: no WebAssembly, no host.
//!
//! What is tested is the manager's own answer. What a host makes of it is not: that a cancelled error goes on, for one,
//! though the manager would suppress it. Files are those of the machine, and all of
//! them are granted, unless [`grant`] says otherwise.
//!
//! # Examples
//! ```
//! use ambit_guest::testing::{enter, json, raised, with};
//! use ambit_guest::{Error, Family, Result, Scope, manager};
//!
//! /// Forgives errors of a kind.
//! #[manager]
//! async fn forgive(kind: String, scope: Scope) -> Result {
//!     match scope.yields(()).await {
//!         Err(error) if error.is(&kind) => Ok(()),
//!         body => body,
//!     }
//! }
//!
//! let arguments = json!({"kind": "not-found"});
//! let read = with(forgive, &arguments, |()| std::fs::read("/no/such/file"));
//! assert_eq!(read.unwrap(), None);
//!
//! let stop = raised(Family::Cancelled, "interrupted", "stop");
//! let ended = enter(forgive, &arguments).unwrap().exit(Err(stop.clone()));
//! assert!(ended.unwrap_err().is_same(&stop));
//! ```

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
pub use serde_json::json;

use crate::raised::Raised;
use crate::{Error, Family, Manager, Result, drive};

thread_local! {
    static GRANTED: RefCell<Vec<PathBuf>> = RefCell::new(vec!["/".into(), ".".into()]);
}

/// Grants these directories alone, to what runs in this thread: all that is decided by the grants is then decided by these.
pub fn grant<P: AsRef<Path>>(directories: impl IntoIterator<Item = P>) {
    let granted = directories.into_iter().map(|directory| directory.as_ref().to_owned()).collect();
    GRANTED.set(granted);
}

pub(crate) fn granted() -> Vec<PathBuf> {
    GRANTED.with_borrow(Clone::clone)
}

/// Enters a manager. `arguments` is an object keyed by parameter; `()` is none.
///
/// # Errors
/// That of the manager's enter, a bad argument, or a broken contract.
pub fn enter(manager: impl Fn() -> &'static Manager, arguments: impl Serialize) -> Result<Entered> {
    let inputs = match serde_json::to_string(&arguments)? {
        null if null == "null" => "{}".to_owned(),
        inputs => inputs,
    };
    let (scope, value) = drive::Entered::enter(manager(), &inputs)?;
    Ok(Entered { scope, value })
}

/// Runs `body` inside of a manager, with its value, and gives what the body gave: `None` if the manager suppressed its
/// error.
///
/// # Errors
/// Whatever leaves the `with`: the error of the enter, that of the body, or the one that took its place, with the body's
/// hung on the end of its contexts as a host does it.
pub fn with<V: DeserializeOwned, R, E: Into<Error>>(
    manager: impl Fn() -> &'static Manager,
    arguments: impl Serialize,
    body: impl FnOnce(V) -> Result<R, E>,
) -> Result<Option<R>> {
    let entered = enter(manager, arguments)?;
    match body(entered.value()) {
        Ok(completed) => entered.exit(Ok(())).map(|()| Some(completed)),
        Err(error) => entered.exit(Err(error.into())).map(|()| None),
    }
}

/// An error as a host makes them, of any family.
pub fn raised(family: Family, kinds: impl crate::Kinds, message: impl AsRef<str>) -> Error {
    Raised::of_family(family.name(), &kinds.into_path(), message.as_ref(), &[]).into()
}

/// Checks that each default of these managers can be read as its parameter's type; [`plugin!`](crate::plugin) adds a test
/// that calls it.
///
/// # Panics
/// If one cannot.
#[track_caller]
pub fn check_defaults(managers: &[&Manager]) {
    for manager in managers {
        for parameter in manager.parameters() {
            let Some(default) = parameter.initial() else { continue };
            if let Err(error) = parameter.reads(&default) {
                let (manager, parameter) = (manager.name(), parameter.name());
                panic!(
                    "the default {default} of `{parameter}` of the manager `{manager}` cannot be read: {error}"
                );
            }
        }
    }
}

/// An entered manager. Dropped, it is given up: the manager's locals are dropped, and its exit does not run.
pub struct Entered {
    scope: drive::Entered,
    value: String,
}

impl Entered {
    /// What the manager gives to the body.
    ///
    /// # Panics
    /// If it cannot be read as a `T`.
    #[must_use]
    #[track_caller]
    pub fn value<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_str(&self.value) {
            Ok(value) => value,
            Err(error) => panic!("the value {} is no {}: {error}", self.value, std::any::type_name::<T>()),
        }
    }

    /// Exits the manager, the body having ended like this.
    ///
    /// # Errors
    /// The body's error, if the manager lets it go on; or one that takes its place, with the body's hung on the end of its
    /// contexts.
    pub fn exit(self, body: Result) -> Result {
        let pending = body.as_ref().err().cloned();
        let ended = self.scope.exit(body);
        if let (Some(pending), Err(raised)) = (pending, &ended) {
            raised.raised().hang(pending.raised());
        }
        ended
    }
}

impl std::fmt::Debug for Entered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entered").field("value", &self.value).finish_non_exhaustive()
    }
}
