//! What can run the program of a scenario: [`Host`].

use ambit_core::{Answer, Raised};

/// How a piece of a program ended.
pub(crate) type Flow = Result<(), Raised>;

/// What can run the program of a scenario: it knows the managers of that scenario. Where a host does not await, the futures of what
/// it runs are [ready at once](at_once).
pub(crate) trait Host {
    /// Its exit stack.
    type Stack: Entries;

    /// Enters a fresh manager, runs the body with its value, and exits it.
    async fn with(&self, manager: &str, body: impl AsyncFnOnce(&str) -> Flow) -> Flow;

    /// A function that enters a fresh manager for every call. It gives nothing where the manager suppressed an error.
    fn decorate(
        &self,
        manager: &str,
        function: impl AsyncFn(u32) -> Result<u32, Raised>,
    ) -> Result<impl AsyncFn(u32) -> Result<Option<u32>, Raised>, Raised>;

    /// Runs the body with a fresh stack, and unwinds that.
    async fn stack(&self, body: impl AsyncFnOnce(&mut Self::Stack) -> Flow) -> Flow;

    /// Enters a fresh manager, and lets it exit with the stack.
    async fn enter(&self, stack: &mut Self::Stack, manager: &str) -> Result<String, Raised>;
}

/// What an exit stack is asked for.
pub(crate) trait Entries: Sized {
    /// Adds a function that is told nothing.
    fn callback(&mut self, function: impl FnOnce() -> Flow + Send + 'static);

    /// Adds an exit function: it is told the error that is pending then.
    fn push(&mut self, function: impl FnOnce(Option<&Raised>) -> Answer + Send + 'static);

    /// Adds a stack: it unwinds in its turn.
    fn push_stack(&mut self, stack: Self);

    /// Moves all entries into a new stack.
    fn pop_all(&mut self) -> Self;

    /// Unwinds now, with no error in flight.
    async fn close(&mut self) -> Flow;
}

/// What a future gives that waits for nothing.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    use std::task::{Context, Poll, Waker};

    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("a host that does not await waits for nothing"),
    }
}
