//! A named thing that can be entered: [`Manager`].

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use ambit_core::{Describe, Policy};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::deadline::Clock;
use crate::error::Error;
use crate::exchange::{self, Inputs};
use crate::grants::{Grant, Reaches};
use crate::isolation::{Isolation, Terms};
use crate::limits::Limits;
use crate::outcome::{Failure, With};
use crate::plugin::{Description, Plugin};
use crate::with;

/// A named thing that can be entered, with the rights and limits that each of its scopes has.
///
/// Each use enters a fresh scope, so that a manager can be used again, and inside itself.
#[derive(Clone)]
pub struct Manager(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    plugin: Plugin,
    description: Arc<Description>,
    terms: Terms,
}

impl Manager {
    pub(crate) fn new(plugin: Plugin, description: Arc<Description>) -> Self {
        Self(Arc::new(Inner { plugin, description, terms: Terms::default() }))
    }

    /// Gives it a right, for all scopes from now on: a [`Dir`](crate::Dir), an [`Env`](crate::Env) or a
    /// [`Net`](crate::Net).
    ///
    /// # Errors
    /// [`ErrorKind::Grant`](crate::ErrorKind::Grant): the directory cannot be opened, or is the cache of compiled code;
    /// the variable is not set; the address is none.
    pub fn grant(self, grant: impl Into<Grant>) -> Result<Self, Error> {
        let mut inner = Inner::clone(&self.0);
        let reaches = Reaches::of(&inner.plugin);
        inner.terms.rights.add(grant.into(), inner.plugin.engine().reserved(), reaches)?;
        Ok(Self(Arc::new(inner)))
    }

    /// Gives it other limits.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        self.on_terms(|terms| terms.limits = limits)
    }

    /// Says what becomes of a scope's store after a clean exit.
    #[must_use]
    pub fn isolation(self, isolation: Isolation) -> Self {
        self.on_terms(|terms| terms.isolation = isolation)
    }

    /// Says what it may do to the errors that it is given: as a default suppress and replace them, with
    /// [`Policy::none`] neither. What it would do and may not is told by [`Failure::incidents`].
    ///
    /// [`Failure::incidents`]: crate::Failure::incidents
    #[must_use]
    pub fn policy(self, policy: Policy) -> Self {
        self.on_terms(|terms| terms.policy = policy)
    }

    /// Passes on what its guests write on their stdout and stderr, as they write it. A panic of `listener` is not passed on.
    ///
    /// The guest waits for `listener`, in the time that it has itself: one that blocks ends the guest by its
    /// [budget](crate::Limits::enter), so have it hand on what may. It runs on the thread that waits for the guest; of managers that
    /// await, on any of the runtime that awaits them, for which it must not wait.
    #[must_use]
    pub fn output(self, listener: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        self.on_terms(|terms| terms.listener = Some(Arc::new(listener)))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.description.name
    }

    /// The plugin that offers it.
    #[must_use]
    pub fn plugin(&self) -> &Plugin {
        &self.0.plugin
    }

    /// What the plugin says of it.
    #[must_use]
    #[inline]
    pub fn description(&self) -> &Description {
        &self.0.description
    }

    /// The addresses that its scopes tried to connect to until now, and that are not granted: `HOST:PORT` each.
    #[must_use]
    pub fn denied(&self) -> Vec<String> {
        self.0.terms.rights.denied().addresses()
    }

    /// Checks arguments by their names, without entering: that none is unknown, and none missing. Their types are checked
    /// by the plugin, when it is entered.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument), which names the parameter.
    pub fn check(&self, inputs: &Map<String, Json>) -> Result<(), Error> {
        exchange::check(inputs, &self.0.description)
    }

    /// Runs `body` inside a fresh scope, as Python's `with` does.
    ///
    /// `inputs` is an object keyed by parameter, an array in the order of the parameters, or `()` for none. The value that
    /// enter gives is read as `V`, by `serde`; a body that has no use for it takes
    /// [`serde::de::IgnoredAny`] or [`serde_json::Value`].
    ///
    /// - The body completes: the exit runs, and the result is [`Outcome::Completed`].
    /// - It fails: the error is raised at the manager's yield. Re-raised, [`Failure::into_body`] gives that very `E`;
    ///   suppressed, the result is [`Outcome::Suppressed`]; replaced, [`Failure::raised`] is the new error, and `E` is found
    ///   in its chain by [`Raised::native`].
    /// - It panics: the exit runs, with an error of kind `panic` that nobody can suppress, and the panic goes on.
    /// - The exit traps, or spends its budget: [`Failure::faults`] says so, and [`Failure::into_outcome`] gives the body's
    ///   result.
    ///
    /// # Errors
    /// As above; and where enter fails the body does not run, and [`Failure::raised`] is the error.
    ///
    /// # Async
    /// It blocks its thread while the plugin runs. On a thread of a tokio runtime the plugin runs on another one, since WASI's
    /// imports block on a runtime of their own; so does a plugin that was granted a directory, since it has to be given up
    /// where the [system holds it up](crate::Limits::enter).
    ///
    /// [`Outcome::Completed`]: crate::Outcome::Completed
    /// [`Outcome::Suppressed`]: crate::Outcome::Suppressed
    /// [`Failure::into_body`]: crate::Failure::into_body
    /// [`Failure::into_outcome`]: crate::Failure::into_outcome
    /// [`Failure::raised`]: crate::Failure::raised
    /// [`Failure::faults`]: crate::Failure::faults
    /// [`Raised::native`]: crate::Raised::native
    #[track_caller]
    pub fn with<V, R, E, Via>(
        &self,
        inputs: impl Serialize,
        body: impl FnOnce(V) -> Result<R, E>,
    ) -> With<R, E>
    where
        V: DeserializeOwned,
        E: Describe<Via>,
    {
        let inputs = Inputs::of(&inputs, self.description());
        let inputs = inputs.map_err(|error| Failure::of_enter(error.into_raised()))?;
        with::with(self, &inputs, Location::caller(), body)
    }

    /// Runs `body` inside a fresh scope, as [`with`](Self::with) does, for a body that awaits; Python's `async with`. The manager is of
    /// either kind: one whose plugin [awaits](crate::Plugin::awaits) runs beside others in a task of the library's own, and any
    /// other on a thread that may block.
    ///
    /// All that is said there holds here. Of bodies that await many run at once, and each has a store, unless thousands of them are to
    /// share some: [`Isolation::shared`] says how, and [`Isolation::Lease`] what a store costs.
    ///
    /// And a body that awaits can be *cancelled*:
    ///
    /// - The future is dropped: the body is, and its managers see a cancellation of kind `abandoned`.
    /// - Its [time](crate::Limits::body) is over, or that of a body around it: `timed-out`.
    /// - Its [token](crate::until_cancelled) is cancelled: `interrupted`.
    ///
    /// The manager can neither suppress nor replace that. What is inside exits first. Nothing cuts an exit short but its
    /// budget: a second cancellation changes nothing, and where the future is dropped the exit goes on, which
    /// [`Engine::settled`](crate::Engine::settled) awaits. Nor is an enter cut short. Where it is cancelled, it comes to its end, no
    /// body runs, and the scope exits with the cancellation; where it was cancelled before, nothing is entered.
    ///
    /// An exit waits for those inside of its body, but for a future that was moved out of the body and is held elsewhere: that one's
    /// scope exits when that future ends or is dropped. The same holds for a task that the body spawns: it is not inside of the body, and
    /// is not cancelled with it. What is to go on at once inside of a body is joined there, as by `futures::join!`, or entered by a
    /// clone of its [`AsyncExitStack`](crate::AsyncExitStack).
    ///
    /// # Errors
    /// As [`with`](Self::with); and the cancellation, as [`Failure::raised`](crate::Failure::raised).
    ///
    /// # Examples
    /// ```no_run
    /// use ambit::Engine;
    /// use serde_json::json;
    /// use std::path::PathBuf;
    ///
    /// # async fn upload(_: PathBuf) -> std::io::Result<u64> { Ok(0) }
    /// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// let staged = Engine::new()?.load("managers.wasm")?.manager("staged")?;
    /// let sent = staged.with_async(json!({"prefix": "out-"}), async |dir: PathBuf| upload(dir).await).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn with_async<V, R, E, Via>(
        &self,
        inputs: impl Serialize,
        body: impl AsyncFnOnce(V) -> Result<R, E>,
    ) -> impl Future<Output = With<R, E>>
    where
        V: DeserializeOwned,
        E: Describe<Via>,
    {
        let inputs = Inputs::of(&inputs, self.description());
        with::with_async(self.clone(), inputs, Location::caller(), body)
    }

    /// This manager on other terms: no store that served on the old ones serves it.
    fn on_terms(self, change: impl FnOnce(&mut Terms)) -> Self {
        let mut inner = Inner::clone(&self.0);
        change(&mut inner.terms);
        Self(Arc::new(inner))
    }

    #[inline]
    pub(crate) fn terms(&self) -> &Terms {
        &self.0.terms
    }

    pub(crate) fn clock(&self) -> &Clock {
        self.plugin().engine().clock()
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager")
            .field("name", &self.name())
            .field("plugin", &self.plugin().name())
            .field("limits", &self.terms().limits)
            .field("isolation", &self.terms().isolation)
            .field("policy", &self.terms().policy)
            .finish_non_exhaustive()
    }
}
