//! Drives a manager in a unit test, natively: no WebAssembly, no host.
//!
//! [`enter`] and [`with`] run one, [`raised`] makes the errors of a host, [`grant`] takes directories away. [`recover`] does what
//! a host does for a lost scope, from a checkpoint that [`Entered::checkpoint`] tells or that [`on_leave`] saw.
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

mod waiting;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;
pub use serde_json::json;
pub use waiting::{block_on, sleep};

use crate::raised::Raised;
use crate::{Error, Family, Manager, Result, drive};

thread_local! {
    static GRANTED: RefCell<Vec<PathBuf>> = RefCell::new(vec!["/".into(), ".".into()]);
    static WITNESS: RefCell<Option<Rc<Witness>>> = const { RefCell::new(None) };
}

type Witness = dyn Fn(&str) -> Result;

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
    drive::at_once(drive::DID_NOT_YIELD, enter_async(manager, arguments))
}

/// Enters a manager that may await more than its yield, as [`enter`] does one that may not. [`block_on`] runs it in a test.
///
/// # Errors
/// As [`enter`].
pub async fn enter_async(
    manager: impl Fn() -> &'static Manager,
    arguments: impl Serialize,
) -> Result<Entered> {
    let inputs = match serde_json::to_string(&arguments)? {
        null if null == "null" => "{}".to_owned(),
        inputs => inputs,
    };
    let (scope, value) = drive::Entered::enter(manager(), &inputs).await?;
    Ok(Entered { scope, value })
}

/// Calls `witness` with each checkpoint that is left in this thread from now on, as JSON, in place of the witness before. An
/// error that it gives is that of [`leave`](crate::Checkpoint::leave): the host has not kept it.
///
/// It sees what [`Entered::checkpoint`] cannot tell: what an enter left that then failed, and what an exit leaves.
///
/// # Examples
/// ```
/// use ambit_guest::testing::{enter, on_leave};
/// use ambit_guest::{Checkpoint, Error, Result, Scope, manager};
///
/// /// Counts.
/// #[manager(recover = forget)]
/// async fn counted(checkpoint: Checkpoint<u32>, scope: Scope) -> Result {
///     checkpoint.leave(&1)?;
///     let body = scope.yields(()).await;
///     checkpoint.leave(&2)?;
///     body
/// }
///
/// fn forget(_: u32) -> Result {
///     Ok(())
/// }
///
/// on_leave(|state| match state {
///     "2" => Err(Error::new("rust:test::Full", "the journal is full")),
///     _ => Ok(()),
/// });
/// let entered = enter(counted, ()).unwrap();
/// assert_eq!(entered.checkpoints::<u32>(), [1]);
/// assert!(entered.exit(Ok(())).unwrap_err().is("rust:test::Full"));
/// ```
pub fn on_leave(witness: impl Fn(&str) -> Result + 'static) {
    WITNESS.set(Some(Rc::new(witness)));
}

/// A checkpoint is left: says whether it is kept.
pub(crate) fn witness(state: &str) -> Result {
    let witness = WITNESS.with_borrow(Clone::clone);
    witness.map_or(Ok(()), |witness| witness(state))
}

/// Releases what a lost scope of the manager held, as a host does it in another instance: `state` is its last checkpoint.
///
/// # Errors
/// That of the manager's `recover` function. It has none, of the kind `unsupported`; or it cannot read `state`, of the kind
/// `invalid-argument`.
pub fn recover(manager: impl Fn() -> &'static Manager, state: impl Serialize) -> Result {
    manager().recover(&serde_json::to_string(&state)?)
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

    /// The checkpoint that the manager left last: what a host would recover from if this scope were lost. `None`, if it left
    /// none.
    ///
    /// # Panics
    /// If it cannot be read as an `S`.
    #[must_use]
    #[track_caller]
    pub fn checkpoint<S: DeserializeOwned>(&self) -> Option<S> {
        self.scope.left().last().map(|left| read(left))
    }

    /// The checkpoints that the manager has left so far, oldest first.
    ///
    /// # Panics
    /// If one cannot be read as an `S`.
    #[must_use]
    #[track_caller]
    pub fn checkpoints<S: DeserializeOwned>(&self) -> Vec<S> {
        self.scope.left().iter().map(|left| read(left)).collect()
    }

    /// Exits the manager, the body having ended like this.
    ///
    /// # Errors
    /// The body's error, if the manager lets it go on; or one that takes its place, with the body's hung on the end of its
    /// contexts.
    pub fn exit(self, body: Result) -> Result {
        drive::at_once(drive::DID_NOT_STOP, self.exit_async(body))
    }

    /// Exits a manager that may await more than its yield.
    ///
    /// # Errors
    /// As [`exit`](Self::exit).
    pub async fn exit_async(self, body: Result) -> Result {
        let pending = body.as_ref().err().cloned();
        let ended = self.scope.exit(body).await;
        if let (Some(pending), Err(raised)) = (pending, &ended) {
            raised.raised().hang(pending.raised());
        }
        ended
    }
}

#[track_caller]
fn read<S: DeserializeOwned>(left: &str) -> S {
    match serde_json::from_str(left) {
        Ok(state) => state,
        Err(error) => panic!("the checkpoint {left} is no {}: {error}", std::any::type_name::<S>()),
    }
}

impl std::fmt::Debug for Entered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entered").field("value", &self.value).finish_non_exhaustive()
    }
}
