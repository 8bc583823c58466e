//! Whether managers and bodies await: [`Kind`], and the stack that a cell's scopes are in: [`Held`].

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ambit::{Answer, AsyncExitStack, ExitStack, Manager, Raised};
use serde_json::Value;

use crate::body::{Ended, Result};

/// Of which kind the managers of a cell are, and its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Calls,
    Awaits,
}

/// The stack of a cell, while its body runs.
pub(crate) enum Held<'s> {
    Calls(&'s mut ExitStack<'static>),
    Awaits(AsyncExitStack),
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Calls, Self::Awaits];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Awaits => "awaits",
        }
    }

    /// Runs a body with a stack, and unwinds that.
    pub(crate) fn run(self, body: impl AsyncFnOnce(&mut Held<'_>) -> Result) -> Ended {
        match self {
            Self::Calls => ExitStack::with(|stack| at_once(body(&mut Held::Calls(stack)))),
            Self::Awaits => {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(AsyncExitStack::with(async |stack| body(&mut Held::Awaits(stack)).await))
            }
        }
    }
}

impl Held<'_> {
    /// Enters a scope, which exits with the stack.
    pub(crate) async fn enter(
        &mut self,
        manager: &Manager,
        inputs: &Value,
    ) -> std::result::Result<Value, Raised> {
        match self {
            Self::Calls(stack) => stack.enter(manager, inputs),
            Self::Awaits(stack) => stack.enter(manager, inputs).await,
        }
    }

    /// Adds a function that is given the error pending then.
    pub(crate) fn push(&mut self, exit: impl FnOnce(Option<&Raised>) -> Answer + Send + 'static) {
        match self {
            Self::Calls(stack) => stack.push(exit),
            Self::Awaits(stack) => stack.push(async move |pending: Option<Raised>| exit(pending.as_ref())),
        }
    }
}

/// What a future gives that waits for nothing.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("where nothing awaits, nothing is waited for"),
    }
}
