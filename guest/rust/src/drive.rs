//! Drives a manager's future: [enter](Entered::enter) polls it up to its yield, [exit](Entered::exit) to its end. Called
//! synchronously, each is polled [once](at_once).

use std::future::poll_fn;
use std::pin::{Pin, pin};
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
    pub(crate) async fn enter(manager: &Manager, inputs: &str) -> Result<(Self, String)> {
        let yielder = Rc::default();
        let future = manager.start(inputs, &yielder)?;
        let mut entered = Self { future, yielder };
        let value = poll_fn(|context| match (entered.poll(context), entered.yielder.value.take()) {
            (Poll::Pending, Some(value)) => Poll::Ready(Ok(Some(value))),
            (Poll::Pending, None) => Poll::Pending,
            (Poll::Ready(ended), _) => Poll::Ready(ended.map(|()| None)),
        });
        match value.await? {
            Some(value) => Ok((entered, value)),
            None => Err(entered.did_not_yield()),
        }
    }

    /// Runs the rest of the manager, the body having ended like this.
    pub(crate) async fn exit(mut self, body: Result) -> Result {
        self.yielder.body.set(Some(body));
        poll_fn(|context| self.poll(context)).await
    }

    /// The checkpoints that it has left, oldest first.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn left(&self) -> Vec<String> {
        self.yielder.left.borrow().clone()
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result> {
        self.future.as_mut().poll(context)
    }

    fn did_not_yield(self) -> Error {
        let broken = Error::broken(DID_NOT_YIELD);
        match self.yielder.unwritten.take() {
            Some(error) => broken.caused_by(error),
            None => broken,
        }
    }
}

/// Runs a phase of a manager that is called synchronously: nothing would wake it. `rule` is the one that it breaks by waiting.
pub(crate) fn at_once<T>(rule: &str, phase: impl Future<Output = Result<T>>) -> Result<T> {
    match pin!(phase).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(ended) => ended,
        Poll::Pending => Err(Error::broken(rule).note(AWAITED)),
    }
}

/// The rule that an enter breaks which does not come to its yield.
pub(crate) const DID_NOT_YIELD: &str = "did-not-yield";

/// The rule that an exit breaks which does not come to its end.
pub(crate) const DID_NOT_STOP: &str = "did-not-stop";

const AWAITED: &str = "it awaited something else than its yield, and the plugin offers it as a manager that does not: \
     name it in `plugin!(async …)`";
