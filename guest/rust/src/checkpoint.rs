//! What a manager tells for the case that its exit never runs: [`Checkpoint`] is the author's side, [`recover()`] the drive's.

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::json::json;
use crate::yielder::Yielder;
use crate::{Error, Result};

/// The right of a manager to leave a state from which its `recover` function can release what it holds.
///
/// A manager takes it right ahead of its [`Scope`](crate::Scope), and names the function: `#[manager(recover = release)]`, with
/// `fn release(state: S) -> Result`. If the scope is *lost*, since its enter or its exit was cut by a fault, or since the host
/// died, that function is called with the state that was left last, in another instance with the same rights.
///
/// It may be left any number of times, ahead of the yield and behind it. Each takes the place of the one before. The host
/// forgets it when the manager ends with `Ok`, or with the body's own error. If it ends with another error, also ahead of the
/// yield, not all may have been released, and the function is called at once.
///
/// # Examples
/// ```
/// use std::hash::{BuildHasher, RandomState};
/// use std::path::PathBuf;
/// use std::{fs, io};
///
/// use ambit_guest::testing::{enter, json, recover};
/// use ambit_guest::{At, Checkpoint, Result, Scope, manager};
///
/// /// A directory for as long as the body runs.
/// #[manager(recover = remove)]
/// async fn workdir(parent: PathBuf, checkpoint: Checkpoint<PathBuf>, scope: Scope<PathBuf>) -> Result {
///     let dir = parent.join(format!("work-{:x}", RandomState::new().hash_one(())));
///     checkpoint.leave(&dir)?; //                  ahead of what it tells of
///     fs::create_dir(&dir).at(&dir)?;
///     let body = scope.yields(dir.clone()).await;
///     remove(dir)?;
///     body
/// }
///
/// /// Removes it. That it is gone, or was never made, is fine.
/// fn remove(dir: PathBuf) -> Result {
///     match fs::remove_dir_all(&dir) {
///         Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
///         removed => removed.at(&dir),
///     }
/// }
///
/// let lost = enter(workdir, json!({"parent": std::env::temp_dir()})).unwrap();
/// let dir: PathBuf = lost.checkpoint().unwrap();
/// assert!(dir.is_dir());
/// recover(workdir, &dir).unwrap();
/// assert!(!dir.exists());
/// recover(workdir, &dir).expect("once more changes nothing");
/// ```
pub struct Checkpoint<S> {
    yielder: Rc<Yielder>,
    state: PhantomData<fn(&S)>,
}

impl<S: Serialize> Checkpoint<S> {
    /// Leaves `state`, in place of what was left before. It is written as JSON; a host takes some KiB.
    ///
    /// Leave it *before* you acquire what it tells of: when this returns, a host that keeps a journal has it on the disk.
    ///
    /// # Errors
    /// It cannot be written as JSON, or the host does not keep it. Then what was left before still stands: acquire nothing,
    /// and return the error.
    pub fn leave(&self, state: &S) -> Result {
        let text = json(state).map_err(|error| {
            Error::from(error).note("the state of the checkpoint cannot be written as JSON")
        })?;
        self.yielder.leave(text)
    }
}

impl<S> fmt::Debug for Checkpoint<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checkpoint")
    }
}

impl Yielder {
    /// The author's side. The manager's signature says what it leaves.
    pub fn checkpoint<S>(self: &Rc<Self>) -> Checkpoint<S> {
        Checkpoint { yielder: Rc::clone(self), state: PhantomData }
    }

    #[cfg(target_arch = "wasm32")]
    #[expect(clippy::unused_self, reason = "the host knows which scope it is whose enter or exit runs")]
    fn leave(&self, text: String) -> Result {
        crate::bindings::ambit::scope::checkpoints::leave(&text).map_err(Error::from)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn leave(&self, text: String) -> Result {
        crate::testing::witness(&text)?;
        self.left.borrow_mut().push(text);
        Ok(())
    }
}

/// A [`Checkpoint`], of whatever state.
pub trait Leaves {
    /// What is left.
    type State: DeserializeOwned;
}

impl<S: Serialize + DeserializeOwned> Leaves for Checkpoint<S> {
    type State = S;
}

/// What came of a checkpoint, if it could be read.
pub(crate) type Recovered = Result<Result, serde_json::Error>;

/// Reads what a checkpoint of the type `C` left, and gives it to the author's function.
pub fn recover<C: Leaves>(state: &str, recover: fn(C::State) -> Result) -> Recovered {
    serde_json::from_str(state).map(recover)
}
