//! Whether managers and bodies await: [`Kind`], and the stack that their scopes are in: [`Stack`].

use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ambit::{AsyncExitStack, Ending, ExitStack, Raised};
use serde_json::Value;

use crate::scopes::Each;

/// Of which kind the scopes of a soak are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Their managers do not await, and one stack runs after another.
    Calls,
    /// Most of their managers await, and several stacks run at once.
    Awaits,
}

/// A stack of scopes.
pub(crate) enum Stack {
    Calls(ExitStack<'static>),
    Awaits(AsyncExitStack),
}

impl Kind {
    /// How many stacks run at once: few, so that the stores that wait are soon as many as they ever will be.
    pub(crate) fn stacks(self) -> usize {
        match self {
            Self::Calls => 1,
            Self::Awaits => 2,
        }
    }

    /// Runs it to its end.
    pub(crate) fn run<T>(self, work: impl Future<Output = T>) -> io::Result<T> {
        match self {
            Self::Calls => match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(done) => Ok(done),
                Poll::Pending => unreachable!("where nothing awaits, nothing is waited for"),
            },
            Self::Awaits => Ok(tokio::runtime::Builder::new_current_thread().build()?.block_on(work)),
        }
    }

    pub(crate) fn stack(self) -> Stack {
        match self {
            Self::Calls => Stack::Calls(ExitStack::new()),
            Self::Awaits => Stack::Awaits(AsyncExitStack::new()),
        }
    }
}

impl Stack {
    pub(crate) async fn enter(&mut self, each: &Each) -> Result<Value, Raised> {
        match self {
            Self::Calls(stack) => stack.enter(&each.manager, &each.inputs),
            Self::Awaits(stack) => stack.enter(&each.manager, &each.inputs).await,
        }
    }

    pub(crate) async fn unwind(self, pending: Option<Raised>) -> Ending {
        match self {
            Self::Calls(mut stack) => stack.unwind(pending),
            Self::Awaits(stack) => stack.unwind(pending).await,
        }
    }
}
