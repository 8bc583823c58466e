//! Drives a manager's future: [enter](Entered::enter) polls it up to its yield, [exit](Entered::exit) to its end.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::yielder::Yielder;
use crate::{Error, Manager, Result};

/// A manager's future: its function, called but not yet polled.
pub type Started = Pin<Box<dyn Future<Output = Result>>>;

/// The future of a manager's function, in the form in which it is kept.
pub fn start<R: Ended>(future: impl Future<Output = R> + 'static) -> Started {
    R::keep(future)
}

/// What a manager's function returns: [`Result`], and nothing else. A trait has a better message than a type.
#[diagnostic::on_unimplemented(
    message = "a manager returns `ambit_guest::Result<()>`",
    label = "this is `{Self}`",
    note = "what it gives to the body, it yields: `scope.yields(value).await`",
    note = "any `std::error::Error` becomes an `ambit_guest::Error` by `?`"
)]
pub trait Ended: Sized {
    /// Keeps a future of it.
    fn keep(future: impl Future<Output = Self> + 'static) -> Started;
}

impl Ended for Result {
    fn keep(future: impl Future<Output = Self> + 'static) -> Started {
        Box::pin(future)
    }
}

/// A manager that waits at its yield. Dropped, it drops the author's locals.
pub(crate) struct Entered {
    future: Started,
    yielder: Rc<Yielder>,
}

impl Entered {
    /// Runs `manager` up to its yield, and gives what it yields, as JSON.
    pub(crate) fn enter(manager: &Manager, inputs: &str) -> Result<(Self, String)> {
        let yielder = Rc::default();
        let future = manager.start(inputs, &yielder)?;
        let mut entered = Self { future, yielder };
        let polled = entered.poll();
        match (polled, entered.yielder.value.take()) {
            (Poll::Pending, Some(value)) => Ok((entered, value)),
            (Poll::Ready(Err(error)), _) => Err(error),
            (Poll::Ready(Ok(())), _) => Err(entered.did_not_yield()),
            (Poll::Pending, None) => Err(Error::broken("did-not-yield").note(AWAITED)),
        }
    }

    /// Runs the rest of the manager, the body having ended like this.
    pub(crate) fn exit(mut self, body: Result) -> Result {
        self.yielder.body.set(Some(body));
        match self.poll() {
            Poll::Ready(ended) => ended,
            Poll::Pending => Err(Error::broken("did-not-stop").note(AWAITED)),
        }
    }

    /// The checkpoints that it has left, oldest first.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn left(&self) -> Vec<String> {
        self.yielder.left.borrow().clone()
    }

    fn poll(&mut self) -> Poll<Result> {
        self.future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    fn did_not_yield(self) -> Error {
        let broken = Error::broken("did-not-yield");
        match self.yielder.unwritten.take() {
            Some(error) => broken.caused_by(error),
            None => broken,
        }
    }
}

const AWAITED: &str =
    "it awaited something else than its yield, which a synchronous manager cannot: nothing would wake it";
