//! How long a body may take: [`check()`] and [`time_left`], which it asks.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use ambit_core::{Family, Raised};

use crate::manager::Manager;

/// Whether the body that runs on this thread may go on: a checkpoint, as Trio calls it, for whoever writes long bodies.
///
/// The time of a body is that of [`Limits::body`](crate::Limits::body). Nothing interrupts a body that does not ask. It
/// runs inside of [`Manager::with`], of a [wrapped](Manager::wrap) function, or of
/// [`ExitStack::with`](crate::ExitStack::with), where the times of all scopes count that were entered. Of bodies inside of
/// each other, the first that is over is over for all that are inside. A thread that a body starts knows of none: give it
/// [`time_left`].
///
/// A body that completes although its time is over has completed: nobody cancelled it.
///
/// # Errors
/// A cancellation of kind `timed-out`, where the time is over. Raise it, and managers see it, and can neither suppress nor
/// replace it; [`Failure::into_body`](crate::Failure::into_body) gives it back. As the [source](std::error::Error::source)
/// of another error it is only that error's cause: that one is an error as any.
///
/// # Examples
/// ```no_run
/// use ambit::{Engine, Limits, Raised};
/// use serde::de::IgnoredAny;
/// use std::time::Duration;
///
/// # fn copy(_: usize) {}
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let lock = Engine::new()?.load("managers.wasm")?.manager("lock")?;
/// let lock = lock.limits(Limits::default().body(Some(Duration::from_secs(60))));
/// lock.with(["deploy.lock"], |_: IgnoredAny| {
///     for part in 0..1000 {
///         ambit::check()?; // after a minute nothing more is copied, and the lock is given up
///         copy(part);
///     }
///     Ok::<_, Raised>(())
/// })?;
/// # Ok(())
/// # }
/// ```
pub fn check() -> Result<(), Raised> {
    let over = RUNNING.with_borrow(|running| earliest(running).filter(|until| until.is_over()).cloned());
    over.map_or(Ok(()), |until| Err(until.raise()))
}

/// How much time the body that runs on this thread has left, and those around it; zero where it is over, `None` where there
/// is no end to it. See [`check()`].
#[must_use]
pub fn time_left() -> Option<Duration> {
    RUNNING.with_borrow(|running| earliest(running).map(Until::left))
}

thread_local! {
    /// The bodies with an end that run on this thread.
    static RUNNING: RefCell<Vec<(u64, Until)>> = const { RefCell::new(Vec::new()) };
}

fn earliest(running: &[(u64, Until)]) -> Option<&Until> {
    running.iter().map(|(_, until)| until).min_by_key(|until| until.at)
}

/// When the time of a body is over.
#[derive(Clone, Debug)]
pub(crate) struct Until {
    pub(crate) at: Instant,
    /// Who says so.
    manager: Manager,
}

impl Until {
    pub(crate) fn new(at: Instant, manager: &Manager) -> Self {
        Self { at, manager: manager.clone() }
    }

    /// When the time of the body is over of a scope of this manager that was entered just now, if it ever is.
    pub(crate) fn from_now(manager: &Manager) -> Option<Instant> {
        // What overflows is longer than any machine runs.
        manager.terms().limits.body.and_then(|budget| Instant::now().checked_add(budget))
    }

    pub(crate) fn check(&self) -> Result<(), Raised> {
        if self.is_over() { Err(self.raise()) } else { Ok(()) }
    }

    pub(crate) fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.at
    }

    pub(crate) fn raise(&self) -> Raised {
        let (name, budget) = (self.manager.name(), self.manager.terms().limits.body.unwrap_or_default());
        let message = format!("the body took longer than the {budget:?} that `{name}` gives it");
        Raised::new(Family::Cancelled, [ambit_kinds::TIMED_OUT], message)
    }
}

/// A body with an end, which runs on this thread until this is dropped.
pub(crate) struct Running {
    number: u64,
    /// It is dropped on the thread that began it.
    here: PhantomData<*const ()>,
}

impl Running {
    pub(crate) fn begin(until: Until) -> Self {
        let number = RUNNING.with_borrow_mut(|running| {
            let number = running.iter().map(|(number, _)| number + 1).max().unwrap_or(0);
            running.push((number, until));
            number
        });
        Self { number, here: PhantomData }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Where the thread is at its end, so is the list. What is taken out is let go when nobody looks at the list.
        let ended = RUNNING.try_with(|running| {
            let mut running = running.borrow_mut();
            let at = running.iter().position(|(number, _)| *number == self.number)?;
            Some(running.swap_remove(at))
        });
        drop(ended);
    }
}
