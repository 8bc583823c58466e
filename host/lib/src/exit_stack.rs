//! Any number of scopes, and functions to run with their exits: [`ExitStack`].

pub(crate) mod entry;

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::time::Duration;

use ambit_core::{Answer, Describe, Ending, Raised, Released, Stack};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::body::{Running, Until};
use crate::cancel::Cancelled;
use crate::error::{Error, ErrorKind};
use crate::exchange::{Inputs, Unreadable};
use crate::manager::Manager;
use crate::outcome::{With, lost};
use crate::scope::{Scope, abandoned};
use crate::with;

use entry::{Entry, Why, answered_by_host, returned};

/// Any number of scopes, and functions to run with their exits; all exit last in, first out.
///
/// It is Python's `contextlib.ExitStack`: it gives exactly the result, and the chain of errors, of the nested `with`s
/// that it stands for. Where it is dropped before it was unwound, all exits run, with an error of family
/// [`Cancelled`](crate::Family::Cancelled) and kind `abandoned`, and each scope is told as a [`Leak`](crate::Leak).
///
/// ```no_run
/// use ambit::{Dir, Engine, ExitStack, Raised};
/// use serde_json::json;
/// use std::path::PathBuf;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let plugin = Engine::new()?.load("managers.wasm")?;
/// let tempdir = plugin.manager("tempdir")?.grant(Dir::read_write("/tmp"))?;
/// let ended = ExitStack::with(|stack| {
///     let mut dirs: Vec<PathBuf> = Vec::new();
///     for prefix in ["in-", "out-"] {
///         dirs.push(stack.enter(&tempdir, json!({ "prefix": prefix }))?);
///     }
///     Ok::<_, Raised>(dirs.len())
/// })?;
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct ExitStack<'h> {
    entries: Stack<Entry<'h>>,
    /// While its body runs: the ends that its scopes set to that.
    running: Option<Vec<Running>>,
    /// By what managers are told that the body will not run.
    cancelled: Cancelled,
}

impl<'h> ExitStack<'h> {
    /// An empty stack.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty stack, whose body will not run, or not go on, once `token` is cancelled.
    ///
    /// Nothing is cut short by that: it is for whoever cancels to [unwind](Self::unwind) the stack. But a manager that is being entered
    /// is told so, where it asks, and may give up waiting. See [`until_cancelled`](crate::until_cancelled) for bodies that await.
    #[must_use]
    pub fn cancelled_by(token: CancellationToken) -> Self {
        Self { entries: Stack::default(), running: None, cancelled: Cancelled::By(token) }
    }

    /// Runs `body` with a new stack, and unwinds it: the `with ExitStack() as stack` of Python.
    ///
    /// # Errors
    /// As [`Manager::with`], whatever the stack held.
    pub fn with<R, E, Via>(body: impl FnOnce(&mut Self) -> Result<R, E>) -> With<R, E>
    where
        E: Describe<Via>,
    {
        let mut stack = Self::new();
        let ran = with::run(|| {
            stack.running = Some(Vec::new());
            let result = body(&mut stack);
            stack.running = None;
            result
        });
        ran.end(|pending| stack.unwind(pending))
    }

    /// Enters a fresh scope of `manager`, which exits with this stack, and gives its value.
    ///
    /// # Errors
    /// What enter raised; nothing was registered then. Also a [`Fault`](crate::Fault) or an [`Error`], which
    /// [`Raised::native`] gives. Where the value cannot be read as `V`, the scope is entered, and exits with the stack.
    #[track_caller]
    pub fn enter<V: DeserializeOwned>(
        &mut self,
        manager: &Manager,
        inputs: impl Serialize,
    ) -> Result<V, Raised> {
        let inputs = Inputs::of(&inputs, manager.description()).map_err(Error::into_raised)?;
        let cancelled = self.cancelled.clone();
        let entered = Scope::enter(Cow::Owned(manager.clone()), &inputs, Location::caller(), cancelled);
        // What was not released is told by a note too.
        let mut scope = entered.map_err(|not| not.raised)?;
        let value = match scope.take_value().read(manager) {
            Ok(value) => Ok(value),
            Err(Unreadable::Unfit(error)) => Err(error.into_raised()),
            Err(Unreadable::Broken(reason)) => return Err(scope.enter_in_vain(reason)),
            Err(Unreadable::Panicked(payload)) => {
                self.entries.push(Entry::Scope(scope));
                resume_unwind(payload)
            }
        };
        let until = scope.until();
        self.entries.push(Entry::Scope(scope));
        if let (Some(running), Some(until)) = (&mut self.running, until) {
            running.push(Running::begin(until));
        }
        value
    }

    /// Registers a function that runs when the stack unwinds, and sees no error. One that it returns is raised.
    ///
    /// It has a place of its own in the stack: it runs ahead of the exits of all scopes that were entered before it. What is to
    /// run after the exit of a scope, or in its place, is a [`finalizer`](Self::finalizer).
    pub fn callback(&mut self, callback: impl FnOnce() -> Result<(), Raised> + 'h) {
        self.push(move |_| returned(callback()));
    }

    /// Ties a function of the host's own to the scope that this stack entered last. It releases what the host holds for that
    /// scope: what the manager still needs in its exit, and what is to be released though that exit was lost.
    ///
    /// - It runs directly after the scope's exit, whatever that answered, and ahead of all that was registered before the scope.
    ///   Where the exit was lost, to a trap or to its budget, it runs in its place, and is told [`Released::Lost`] with the
    ///   fault.
    /// - Of several that are tied to one scope, the last runs first. A panic in one skips no other, and goes on in the end.
    /// - An error that it returns is raised as an exit's is: in place of the one in flight, which becomes its context, unless
    ///   that is a cancellation or a panic.
    /// - It goes where the scope goes: with [`pop_all`](Self::pop_all), or with a stack that is
    ///   [pushed](Self::push_stack) or dropped.
    ///
    /// # Errors
    /// [`ErrorKind::NoScope`], which [`Raised::native`] gives: this stack holds no scope that it
    /// entered. The function is dropped then, and does not run.
    ///
    /// # Examples
    /// ```no_run
    /// use ambit::{ExitStack, Raised, Released};
    /// use serde::de::IgnoredAny;
    ///
    /// # fn kill_the_server() {}
    /// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let server = ambit::Engine::new()?.load("managers.wasm")?.manager("server")?;
    /// ExitStack::with(|stack| {
    ///     stack.enter::<IgnoredAny>(&server, ())?;
    ///     stack.finalizer(|released| {
    ///         if let Released::Lost(_) = released {
    ///             kill_the_server(); // the manager could not stop it
    ///         }
    ///         Ok(())
    ///     })?;
    ///     Ok::<_, Raised>(())
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn finalizer(
        &mut self,
        finalizer: impl FnOnce(&Released) -> Result<(), Raised> + 'h,
    ) -> Result<(), Raised> {
        let finalizer = Entry::Finalizer(Box::new(finalizer));
        self.entries.tie(finalizer, |entry| matches!(entry, Entry::Scope(_))).map_err(|_| no_scope())
    }

    /// Registers a function that is given the error pending when the stack unwinds, and answers as an exit does.
    pub fn push(&mut self, exit: impl FnOnce(Option<&Raised>) -> Answer + 'h) {
        self.entries.push(Entry::Function(Box::new(exit)));
    }

    /// Registers another stack, which unwinds with this one.
    pub fn push_stack(&mut self, stack: ExitStack<'h>) {
        if let (Some(running), Some(until)) = (&mut self.running, earliest(&stack.entries)) {
            running.push(Running::begin(until));
        }
        self.entries.push(Entry::Stack(stack));
    }

    /// Moves all that is registered into a new stack. This one is empty then.
    #[must_use = "what was registered exits when the returned stack is unwound or dropped"]
    pub fn pop_all(&mut self) -> ExitStack<'h> {
        self.end_budgets();
        Self { entries: self.entries.pop_all(), running: None, cancelled: self.cancelled.clone() }
    }

    /// Whether its scopes have time left, for who drives a stack by hand: of their budgets for the body, each counted from
    /// the moment the scope was entered, the first that is over. Inside of [`with`](Self::with), [`check`](crate::check())
    /// asks for those around it too.
    ///
    /// # Errors
    /// A cancellation of kind `timed-out`: [unwind](Self::unwind) with it.
    pub fn check(&self) -> Result<(), Raised> {
        earliest(&self.entries).map_or(Ok(()), |until| until.check())
    }

    /// How much time its scopes have left; zero where it is over, `None` where there is no end to it. See
    /// [`check`](Self::check).
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        earliest(&self.entries).map(|until| until.left())
    }

    /// The scopes are no concern of its body any more.
    fn end_budgets(&mut self) {
        if let Some(running) = &mut self.running {
            running.clear();
        }
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Unwinds now, with no error in flight. The stack is empty then, and may be used again.
    ///
    /// # Errors
    /// What an exit raised, or the fault of a cleanup that was lost.
    pub fn close(&mut self) -> Result<(), Raised> {
        closed(self.unwind(None))
    }

    /// Unwinds now, with `pending` in flight, and says which error leaves the stack, and what else happened. This is what
    /// all other ways to unwind are made of.
    ///
    /// # Panics
    /// Where a registered function panicked, once all exits have run.
    pub fn unwind(&mut self, pending: Option<Raised>) -> Ending {
        self.unwind_for(Why::Ended, pending)
    }

    fn unwind_for(&mut self, why: Why, pending: Option<Raised>) -> Ending {
        self.end_budgets();
        let mut walk = self.entries.unwind(pending);
        let mut first_panic = None;
        while let Some(entry) = walk.next_entry() {
            // A panic is an answer too, and the first one goes on in the end.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| entry.exit(why, &mut walk))) {
                answered_by_host(&mut walk, None, Answer::Raised(with::panicked(&*payload)));
                first_panic.get_or_insert(payload);
            }
        }
        match first_panic {
            None => walk.finish(),
            Some(payload) => {
                with::tell(&walk.finish().incidents);
                resume_unwind(payload)
            }
        }
    }
}

/// Why a finalizer cannot be registered.
pub(crate) fn no_scope() -> Raised {
    Error::new(ErrorKind::NoScope, "a finalizer is tied to a scope, and this stack holds none")
        .with_help("enter a manager first, or register a callback, which needs none")
        .into_raised()
}

/// What closing a stack comes to, where nothing was in flight.
pub(crate) fn closed(Ending { pending, incidents, .. }: Ending) -> Result<(), Raised> {
    let lost = incidents.iter().find_map(lost).cloned();
    pending.or(lost).map_or(Ok(()), Err)
}

/// The first end of those that these entries set to the body.
fn earliest(entries: &Stack<Entry<'_>>) -> Option<Until> {
    entries.iter().filter_map(Entry::until).min_by_key(|until| until.at)
}

impl Drop for ExitStack<'_> {
    fn drop(&mut self) {
        if self.is_empty() {
            return;
        }
        // A second panic would abort the process, and skip the exits of outer scopes.
        match catch_unwind(AssertUnwindSafe(|| self.unwind_for(Why::Dropped, Some(abandoned())))) {
            Ok(ending) => with::tell(&ending.incidents),
            Err(payload) if std::thread::panicking() => drop(payload),
            Err(payload) => resume_unwind(payload),
        }
    }
}

impl fmt::Debug for ExitStack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExitStack").field("len", &self.len()).finish_non_exhaustive()
    }
}
