//! Any number of scopes, and functions to run with their exits, for bodies that await: [`AsyncExitStack`].

mod entry;

use std::fmt;
use std::panic::{Location, resume_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ambit_core::{Answer, Describe, Ending, Incident, Raised, Released, Stack, together};
use futures::future::join_all;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::cancel::Span;
use crate::error::Error;
use crate::exchange::{Inputs, Unreadable};
use crate::exit_stack::entry::{Why, returned};
use crate::exit_stack::{closed, no_scope};
use crate::fault::Phase;
use crate::manager::Manager;
use crate::outcome::With;
use crate::scope::{Held, Scope, abandoned, untold};
use crate::{background, with};

use entry::{Entry, unwind};

/// Any number of scopes, and functions to run with their exits, for bodies that await; all exit last in, first out.
///
/// It is Python's `contextlib.AsyncExitStack`, and it is an [`ExitStack`](crate::ExitStack) but for this:
///
/// - Managers are of [either kind](crate::Manager::with_async), and functions may await.
/// - A clone is a second handle of the same stack: it may be handed on, and tasks may share it. What they enter exits in the reverse
///   order of the ends of those enters.
/// - It unwinds in a task of the library's own, so that nothing cuts that short: where the future that unwinds it is dropped, it goes
///   on, and [`Engine::settled`](crate::Engine::settled) awaits it. So its functions are `Send` and `'static`.
/// - Where its last handle is dropped before it was unwound, it unwinds like that, with an error of kind `abandoned`. A body that it is
///   dropped with exits after it.
///
/// # Examples
/// ```no_run
/// use ambit::{AsyncExitStack, Engine, Raised};
/// use serde_json::json;
/// use std::path::PathBuf;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let staged = Engine::new()?.load("managers.wasm")?.manager("staged")?;
/// AsyncExitStack::with(async |stack| {
///     let mut dirs: Vec<PathBuf> = Vec::new();
///     for prefix in ["in-", "out-"] {
///         dirs.push(stack.enter(&staged, json!({ "prefix": prefix })).await?);
///     }
///     stack.callback(async || Ok(println!("all is sent")));
///     Ok::<_, Raised>(dirs.len())
/// })
/// .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct AsyncExitStack(Arc<Inner>);

#[derive(Default)]
struct Inner {
    entries: Mutex<Stack<Entry>>,
    /// While its body runs: what its scopes set an end to.
    span: Mutex<Option<Arc<Span>>>,
}

impl AsyncExitStack {
    /// An empty stack.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `body` with a new stack, and unwinds it: the `async with AsyncExitStack() as stack` of Python. It is cancelled as that of
    /// [`Manager::with_async`] is; the [time](crate::Limits::body) of the body is that of whichever scope gives it least.
    ///
    /// # Errors
    /// As [`Manager::with_async`], whatever the stack held.
    pub async fn with<R, E, Via>(body: impl AsyncFnOnce(Self) -> Result<R, E>) -> With<R, E>
    where
        E: Describe<Via>,
    {
        let span = Span::begin(None);
        let _awaited = span.awaited();
        let stack = Self::new();
        *lock(&stack.0.span) = Some(span.clone());
        let held = HeldStack { stack: stack.clone(), span: span.clone(), ended: false };
        let body = pin!(Some(body(stack)));
        with::run_async(&span, body, async |pending| held.end(pending).await).await
    }

    /// Enters a fresh scope of `manager`, which exits with this stack, and gives its value. Where this future is dropped, the scope
    /// exits at once, and never was in the stack.
    ///
    /// # Errors
    /// What enter raised; nothing was registered then. Also a [`Fault`](crate::Fault) or an [`Error`], which
    /// [`Raised::native`] gives. Where the body was cancelled meanwhile, the scope was exited with that cancellation, which this gives.
    /// Where the value cannot be read as `V`, the scope is entered, and exits with the stack.
    #[track_caller]
    pub fn enter<V: DeserializeOwned, I: Serialize>(
        &self,
        manager: &Manager,
        inputs: I,
    ) -> impl Future<Output = Result<V, Raised>> + use<V, I> {
        let inputs = Inputs::of(&inputs, manager.description()).map_err(Error::into_raised);
        let (stack, manager, entered_at) = (self.clone(), manager.clone(), Location::caller());
        async move { stack.enter_at(&manager, inputs?, entered_at).await }
    }

    async fn enter_at<V: DeserializeOwned>(
        self,
        manager: &Manager,
        inputs: Inputs,
        entered_at: &'static Location<'static>,
    ) -> Result<V, Raised> {
        let span = Span::begin(None);
        let _awaited = span.awaited();
        let begin = || Scope::begin_enter(manager, inputs, entered_at, span.clone());
        let (entered, stopped) = span.shielded(begin).await?;
        // What was not released is told by a note too.
        let mut held = entered.map_err(|not| not.raised)?;
        if let Some(raised) = stopped {
            let Ending { pending, incidents, .. } = held.end(Some(raised.clone())).await;
            with::tell(&incidents);
            return Err(pending.unwrap_or(raised));
        }
        let value = match held.take_value().read(manager) {
            Ok(value) => Ok(value),
            Err(Unreadable::Unfit(error)) => Err(error.into_raised()),
            Err(Unreadable::Broken(reason)) => return Err(held.enter_in_vain(reason).await),
            Err(Unreadable::Panicked(payload)) => {
                self.add(Entry::Scope(held.into_scope()));
                resume_unwind(payload)
            }
        };
        self.add(Entry::Scope(held.into_scope()));
        value
    }

    /// Enters fresh scopes of several managers at once, all or none, and gives their values in the order of the managers. They exit with
    /// this stack, at once too: each is given the error that is pending then. One that suppresses it does so for all; of the errors that
    /// they raise none is lost.
    ///
    /// # Errors
    /// Where one or more could not be entered, or the body was cancelled meanwhile, the others exit at once with that error, and nothing
    /// is registered. Of several errors it is a group: [`Raised::members`]. What those exits raise has it in its chain.
    ///
    /// # Examples
    /// ```no_run
    /// use ambit::{AsyncExitStack, Engine, Raised};
    /// use serde_json::{Value, json};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// let service = Engine::new()?.load("managers.wasm")?.manager("service")?;
    /// AsyncExitStack::with(async |stack| {
    ///     let ports = [8080, 8081, 8082].map(|port| (&service, json!({ "port": port })));
    ///     let _: Vec<Value> = stack.enter_all(ports).await?; // as long as the slowest takes
    ///     Ok::<_, Raised>(())
    /// })
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn enter_all<'m, V: DeserializeOwned, I: Serialize>(
        &self,
        managers: impl IntoIterator<Item = (&'m Manager, I)>,
    ) -> impl Future<Output = Result<Vec<V>, Raised>> {
        let inputs = |(manager, inputs): (&Manager, I)| {
            Ok((manager.clone(), Inputs::of(&inputs, manager.description())?))
        };
        let managers: Result<Vec<_>, Error> = managers.into_iter().map(inputs).collect();
        let (stack, entered_at) = (self.clone(), Location::caller());
        async move { stack.enter_together(managers.map_err(Error::into_raised)?, entered_at).await }
    }

    async fn enter_together<V: DeserializeOwned>(
        self,
        managers: Vec<(Manager, Inputs)>,
        entered_at: &'static Location<'static>,
    ) -> Result<Vec<V>, Raised> {
        let span = Span::begin(None);
        let _awaited = span.awaited();
        let begin = || {
            join_all(managers.iter().map(|(manager, inputs)| {
                Scope::begin_enter(manager, inputs.clone(), entered_at, span.clone())
            }))
        };
        let (entered, stopped) = span.shielded(begin).await?;
        let (mut all, mut values, mut raised) = (Vec::new(), Vec::new(), Vec::new());
        let mut panicked = None;
        for (entered, (manager, _)) in entered.into_iter().zip(&managers) {
            match entered {
                Ok(mut held) => {
                    match held.take_value().read(manager) {
                        Ok(value) => values.push(value),
                        Err(Unreadable::Unfit(error)) => raised.push(error.into_raised()),
                        Err(Unreadable::Broken(reason)) => raised.push(held.saw(reason).raise()),
                        Err(Unreadable::Panicked(payload)) => panicked = panicked.or(Some(payload)),
                    }
                    all.push(held);
                }
                Err(not) => raised.push(not.raised),
            }
        }
        raised.extend(stopped);
        let group = || Entry::Group(all.into_iter().map(Held::into_scope).collect());
        if let Some(payload) = panicked {
            self.add(group());
            resume_unwind(payload);
        }
        if raised.is_empty() {
            self.add(group());
            return Ok(values);
        }
        drop(values);
        let failed = together(raised, "several managers could not be entered");
        let mut entries = Stack::default();
        entries.push(group());
        let ending = begin_unwind(entries, Why::Ended, Some(failed.clone()), span.clone()).ending().await;
        // Nobody suppresses that there is no body to run.
        with::tell(&ending.incidents);
        Err(ending.pending.unwrap_or(failed))
    }

    /// Registers a function that runs when the stack unwinds, and sees no error. One that it returns is raised. See
    /// [`ExitStack::callback`](crate::ExitStack::callback).
    pub fn callback<F>(&self, callback: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = Result<(), Raised>> + Send + 'static,
    {
        self.push(move |_| {
            let called = callback();
            async move { returned(called.await) }
        });
    }

    /// Registers a function that is given the error pending when the stack unwinds, and answers as an exit does.
    pub fn push<F>(&self, exit: impl FnOnce(Option<Raised>) -> F + Send + 'static)
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        self.add(Entry::Function(Box::new(move |pending| Box::pin(exit(pending)))));
    }

    /// Ties a function of the host's own to the scope that this stack entered last. See
    /// [`ExitStack::finalizer`](crate::ExitStack::finalizer).
    ///
    /// # Errors
    /// [`ErrorKind::NoScope`](crate::ErrorKind::NoScope), which [`Raised::native`] gives: this stack holds no scope that it entered. The
    /// function is dropped then, and does not run.
    pub fn finalizer<F>(&self, finalizer: impl FnOnce(Released) -> F + Send + 'static) -> Result<(), Raised>
    where
        F: Future<Output = Result<(), Raised>> + Send + 'static,
    {
        let finalizer = Entry::Finalizer(Box::new(move |released| Box::pin(finalizer(released))));
        self.entries()
            .tie(finalizer, |entry| matches!(entry, Entry::Scope(_) | Entry::Group(_)))
            .map_err(|_| no_scope())
    }

    /// Registers what another stack holds, which unwinds with this one. That one is empty then.
    pub fn push_stack(&self, stack: &AsyncExitStack) {
        let stack = stack.pop_all();
        self.add(Entry::Stack(stack));
    }

    /// Moves all that is registered into a new stack. This one is empty then.
    #[must_use = "what was registered exits when the returned stack is unwound or dropped"]
    pub fn pop_all(&self) -> AsyncExitStack {
        let entries = self.take();
        Self(Arc::new(Inner { entries: Mutex::new(entries), span: Mutex::default() }))
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// Unwinds now, with no error in flight. The stack is empty then, and may be used again.
    ///
    /// # Errors
    /// What an exit raised, or the fault of a cleanup that was lost.
    pub async fn close(&self) -> Result<(), Raised> {
        closed(self.unwind(None).await)
    }

    /// Unwinds now, with `pending` in flight, and says which error leaves the stack, and what else happened. This is what
    /// all other ways to unwind are made of.
    ///
    /// # Panics
    /// Where a registered function panicked, once all exits have run.
    pub async fn unwind(&self, pending: Option<Raised>) -> Ending {
        let span = Span::begin(None);
        let _awaited = span.awaited();
        begin_unwind(self.take(), Why::Ended, pending, span.clone()).ending().await
    }

    fn add(&self, entry: Entry) {
        self.entries().push(entry);
        self.set_until();
    }

    fn take(&self) -> Stack<Entry> {
        let entries = self.entries().pop_all();
        self.set_until();
        entries
    }

    /// The time of the body is that of the scopes that are here now.
    fn set_until(&self) {
        if let Some(span) = &*lock(&self.0.span) {
            span.set_until(entry::earliest(&self.entries()));
        }
    }

    fn entries(&self) -> MutexGuard<'_, Stack<Entry>> {
        lock(&self.0.entries)
    }
}

/// A stack in the hands of who awaits its body. Dropped, it begins to unwind, which goes on: nobody waits for the body any more.
struct HeldStack {
    stack: AsyncExitStack,
    span: Arc<Span>,
    ended: bool,
}

impl HeldStack {
    fn begin_end(&mut self, pending: Option<Raised>) -> Unwinding {
        self.ended = true;
        *lock(&self.stack.0.span) = None;
        begin_unwind(self.stack.take(), Why::Ended, pending, self.span.clone())
    }

    async fn end(mut self, pending: Option<Raised>) -> Ending {
        self.begin_end(pending).ending().await
    }
}

impl Drop for HeldStack {
    fn drop(&mut self) {
        if !self.ended {
            let raised = self.span.abandon();
            drop(self.begin_end(Some(raised)));
        }
    }
}

/// A walk that goes on, also where this is dropped.
struct Unwinding {
    told: oneshot::Receiver<std::thread::Result<Ending>>,
    pending: Option<Raised>,
}

impl Unwinding {
    async fn ending(self) -> Ending {
        match self.told.await {
            Ok(Ok(ending)) => ending,
            Ok(Err(payload)) => std::panic::resume_unwind(payload),
            Err(_) => {
                let lost = Incident::Lost(untold("a stack", Phase::Exit).raise());
                Ending { pending: self.pending, raised_by: None, incidents: vec![lost] }
            }
        }
    }
}

/// Begins to unwind, once all inside of the span has exited.
fn begin_unwind(mut entries: Stack<Entry>, why: Why, pending: Option<Raised>, span: Arc<Span>) -> Unwinding {
    let (tell, told) = oneshot::channel();
    let unwinding = Unwinding { told, pending: pending.clone() };
    // It is settled once all have run that lie beneath the last scope, too.
    let settles = entry::last_to_exit(entries.iter().map(Entry::settles));
    let goes_on = span.goes_on();
    let walk = async move {
        goes_on.span().quiet().await;
        let ended = unwind(&mut entries, why, pending).await;
        match tell.send(ended) {
            Ok(()) => {}
            Err(Ok(ending)) => with::tell(&ending.incidents),
            Err(Err(_)) => tracing::error!("a function that a stack was given panicked"),
        }
        drop((goes_on, settles));
    };
    drop(background::spawn(walk));
    unwinding
}

impl Drop for Inner {
    fn drop(&mut self) {
        let entries = self.entries.get_mut().unwrap_or_else(PoisonError::into_inner).pop_all();
        if !entries.is_empty() {
            // In the body that it is dropped with, so that this one exits after it.
            drop(begin_unwind(entries, Why::Dropped, Some(abandoned()), Span::begin(None)));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for AsyncExitStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncExitStack").field("len", &self.len()).finish_non_exhaustive()
    }
}
