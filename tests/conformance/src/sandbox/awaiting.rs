//! The same host with bodies that await: [`Awaiting`].

use ambit::{Answer, AsyncExitStack, Describe as _, Raised};

use super::{Sandboxed, Scripted, going_on};
use crate::{Entries, Flow, Host};

/// The host of one play of a scenario whose bodies await.
pub(super) struct Awaiting(pub(super) Sandboxed);

impl Host for Awaiting {
    type Stack = AsyncExitStack;

    async fn with(&self, manager: &str, body: impl AsyncFnOnce(&str) -> Flow) -> Flow {
        let Scripted { manager, inputs } = self.0.find(manager)?;
        let body = async |value: String| body(&value).await;
        manager.with_async(inputs, body).await.map(drop).map_err(going_on)
    }

    fn decorate(
        &self,
        manager: &str,
        function: impl AsyncFn(u32) -> Result<u32, Raised>,
    ) -> Result<impl AsyncFn(u32) -> Result<Option<u32>, Raised>, Raised> {
        let Scripted { manager, inputs } = self.0.find(manager)?;
        let decorated = manager.wrap_async(inputs, function).map_err(|error| error.describe())?;
        Ok(async move |call| Ok(decorated(call).await.map_err(going_on)?.completed()))
    }

    async fn stack(&self, body: impl AsyncFnOnce(&mut Self::Stack) -> Flow) -> Flow {
        let body = async |mut stack: AsyncExitStack| body(&mut stack).await;
        AsyncExitStack::with(body).await.map(drop).map_err(going_on)
    }

    async fn enter(&self, stack: &mut Self::Stack, manager: &str) -> Result<String, Raised> {
        let Scripted { manager, inputs } = self.0.find(manager)?;
        stack.enter(manager, inputs).await
    }
}

impl Entries for AsyncExitStack {
    fn callback(&mut self, function: impl FnOnce() -> Flow + Send + 'static) {
        (*self).callback(async move || function());
    }

    fn push(&mut self, function: impl FnOnce(Option<&Raised>) -> Answer + Send + 'static) {
        (*self).push(async move |pending: Option<Raised>| function(pending.as_ref()));
    }

    fn push_stack(&mut self, stack: Self) {
        (*self).push_stack(&stack);
    }

    fn pop_all(&mut self) -> Self {
        (*self).pop_all()
    }

    async fn close(&mut self) -> Flow {
        (*self).close().await
    }
}
