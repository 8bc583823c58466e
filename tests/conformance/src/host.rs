//! What can run the program of a scenario: [`Host`].

use ambit_core::{Answer, Raised};

/// How a piece of a program ended.
pub(crate) type Flow = Result<(), Raised>;

/// What can run the program of a scenario: it knows the managers of that scenario.
pub(crate) trait Host {
    /// Its exit stack.
    type Stack: Entries;

    /// Enters a fresh manager, runs the body with its value, and exits it.
    fn with(&self, manager: &str, body: impl FnOnce(&str) -> Flow) -> Flow;

    /// A function that enters a fresh manager for every call. It gives nothing where the manager suppressed an error.
    fn decorate(
        &self,
        manager: &str,
        function: impl Fn(u32) -> Result<u32, Raised>,
    ) -> Result<impl Fn(u32) -> Result<Option<u32>, Raised>, Raised>;

    /// Runs the body with a fresh stack, and unwinds that.
    fn stack(&self, body: impl FnOnce(&mut Self::Stack) -> Flow) -> Flow;

    /// Enters a fresh manager, and lets it exit with the stack.
    fn enter(&self, stack: &mut Self::Stack, manager: &str) -> Result<String, Raised>;
}

/// What an exit stack is asked for.
pub(crate) trait Entries: Sized {
    /// Adds a function that is told nothing.
    fn callback(&mut self, function: impl FnOnce() -> Flow + 'static);

    /// Adds an exit function: it is told the error that is pending then.
    fn push(&mut self, function: impl FnOnce(Option<&Raised>) -> Answer + 'static);

    /// Adds a stack: it unwinds in its turn.
    fn push_stack(&mut self, stack: Self);

    /// Moves all entries into a new stack.
    fn pop_all(&mut self) -> Self;

    /// Unwinds now, with no error in flight.
    fn close(&mut self) -> Flow;
}
