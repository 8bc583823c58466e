//! A function inside a manager: [`Manager::wrap`].

use std::panic::Location;

use ambit_core::Describe;
use serde::Serialize;
use serde::de::IgnoredAny;

use crate::error::Error;
use crate::exchange::Inputs;
use crate::manager::Manager;
use crate::outcome::With;
use crate::with;

impl Manager {
    /// A function that runs `function` inside a fresh scope at each call: the `@manager` of Python, as
    /// `contextlib.ContextDecorator` has it. The function does not see the value of enter.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) where `inputs` are no object and no array; each
    /// call, as [`with`](Self::with).
    ///
    /// # Examples
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let lock = ambit::Engine::new()?.load("managers.wasm")?.manager("lock")?;
    /// let deploy = lock.wrap(["deploy.lock"], |version: &str| -> std::io::Result<usize> {
    ///     Ok(version.len()) // only one process at a time is here
    /// })?;
    /// deploy("1.2.3")?;
    /// deploy("1.2.4")?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn wrap<A, R, E, Via, I, F>(
        &self,
        inputs: I,
        function: F,
    ) -> Result<impl Fn(A) -> With<R, E> + use<A, R, E, Via, I, F>, Error>
    where
        E: Describe<Via>,
        I: Serialize,
        F: Fn(A) -> Result<R, E>,
    {
        let inputs = Inputs::of(&inputs, self.description())?;
        let (manager, made_at) = (self.clone(), Location::caller());
        Ok(move |argument| with::with(&manager, &inputs, made_at, |_: IgnoredAny| function(argument)))
    }

    /// The same as [`wrap`](Self::wrap), of a function that awaits: each call is as [`with_async`](Self::with_async).
    ///
    /// # Errors
    /// As [`wrap`](Self::wrap).
    ///
    /// # Examples
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let lock = ambit::Engine::new()?.load("managers.wasm")?.manager("lock")?;
    /// let deploy = lock.wrap_async(["deploy.lock"], async |version: &str| -> std::io::Result<usize> {
    ///     Ok(version.len()) // only one process at a time is here
    /// })?;
    /// deploy("1.2.3").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn wrap_async<A, R, E, Via, I, F>(
        &self,
        inputs: I,
        function: F,
    ) -> Result<impl AsyncFn(A) -> With<R, E> + use<A, R, E, Via, I, F>, Error>
    where
        E: Describe<Via>,
        I: Serialize,
        F: AsyncFn(A) -> Result<R, E>,
    {
        let inputs = Inputs::of(&inputs, self.description())?;
        let (manager, made_at) = (self.clone(), Location::caller());
        Ok(async move |argument| {
            let body = async |_: IgnoredAny| function(argument).await;
            with::with_async(manager.clone(), Ok(inputs.clone()), made_at, body).await
        })
    }
}
