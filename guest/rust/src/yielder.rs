//! The one yield of a manager: [`Scope`] is the author's side of it, [`Yielder`] the drive's.

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::rc::Rc;
use std::task::Poll;

use serde::Serialize;

use crate::json::json;
use crate::{Error, Result};

/// The right of a manager to yield, once, a value of type `T`.
///
/// A manager takes it as its last parameter. What runs ahead of [`yields`](Self::yields) is its enter, what runs after is
/// its exit. `Scope` without a type yields `()`.
///
/// It is used up by its yield, so that a second one does not compile. A manager that ends without an error and has not
/// yielded broke the contract: the body does not run, and the host reports the fault `did-not-yield`.
pub struct Scope<T = ()> {
    yielder: Rc<Yielder>,
    value: PhantomData<fn(T)>,
}

impl<T: Serialize> Scope<T> {
    /// Gives `value` to the body, which runs while this is awaited.
    ///
    /// `Err` is the error that the body failed with. Return it, and it goes on as the same error; return `Ok(())`, and it is
    /// suppressed; return another, and that takes its place. A body that was told to stop gives an error that
    /// [is cancelled](Error::is_cancelled): it goes on, whatever is returned.
    ///
    /// If the scope is given up while the body runs, the manager is dropped here, and so are its locals.
    ///
    /// # Errors
    /// That of the body. Or `value` cannot be written as JSON, as a path that is not UTF-8: then the body has not run, does
    /// not run, and the error is that of the enter.
    pub async fn yields(self, value: T) -> Result {
        let written = json(&value);
        drop(value);
        match written {
            Ok(json) => self.yielder.value.set(Some(json)),
            Err(error) => {
                let error = Error::from(error).note("the value of the yield cannot be written as JSON");
                self.yielder.unwritten.set(Some(error.clone()));
                return Err(error);
            }
        }
        poll_fn(|_| self.yielder.body.take().map_or(Poll::Pending, Poll::Ready)).await
    }
}

impl<T> fmt::Debug for Scope<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope")
    }
}

/// What passes between a manager's future and whoever drives it.
#[derive(Default)]
pub struct Yielder {
    /// Set by the yield: its value, as JSON.
    pub(crate) value: Cell<Option<String>>,
    /// Set by the yield if its value cannot be written.
    pub(crate) unwritten: Cell<Option<Error>>,
    /// Set by the exit: how the body ended.
    pub(crate) body: Cell<Option<Result>>,
    /// The checkpoints that were left, oldest first.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) left: std::cell::RefCell<Vec<String>>,
}

impl Yielder {
    /// The author's side. The manager's signature says what it yields.
    pub fn scope<T>(self: &Rc<Self>) -> Scope<T> {
        Scope { yielder: Rc::clone(self), value: PhantomData }
    }
}

impl fmt::Debug for Yielder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Yielder")
    }
}
