//! Bodies that await: inside of which other, and by what they are cancelled: [`Span`].

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use ambit_core::{Family, Raised};
use futures::FutureExt;
use futures::future::{BoxFuture, select, select_all};
use futures::task::AtomicWaker;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::background;
use crate::body::Until;
use crate::scope::abandoned;

tokio::task_local! {
    /// The innermost that is polled now.
    static INNERMOST: Arc<Span>;
}

/// Runs `work`, and cancels it as soon as `token` is cancelled: what it awaits is dropped, and it gives a cancellation of kind
/// `interrupted`.
///
/// Inside of it, the innermost body of [`with_async`](crate::Manager::with_async) is cancelled first. Its managers see the
/// cancellation and exit, which nothing cuts short; then it goes on as an error through the bodies around it, as any error does. Where
/// one of those takes no notice, it is cancelled where it awaits something next, and enters nothing more. A body that somebody holds
/// and does not poll is cancelled as it is dropped. A task that `work` spawns is not inside of it.
///
/// # Errors
/// The cancellation, where `work` was cancelled by `token` while no body was inside of it.
///
/// # Examples
/// ```no_run
/// use ambit::{CancellationToken, Engine, Raised};
/// use serde::de::IgnoredAny;
///
/// # async fn deploy() {}
/// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let lock = Engine::new()?.load("managers.wasm")?.manager("lock")?;
/// let stop = CancellationToken::new(); // a clone of it goes to whoever handles signals
/// ambit::until_cancelled(stop.clone(), async {
///     lock.with_async(["deploy.lock"], async |_: IgnoredAny| {
///         deploy().await;
///         Ok::<_, Raised>(())
///     })
///     .await
/// })
/// .await??;
/// # Ok(())
/// # }
/// ```
pub async fn until_cancelled<T>(
    token: CancellationToken,
    work: impl Future<Output = T>,
) -> Result<T, Raised> {
    let span = Span::begin(Some(token));
    let _awaited = span.awaited();
    match span.run(pin!(Some(work))).await {
        Ok(done) => Ok(done),
        Err(Cut::Cancelled(raised)) => Err(raised),
        Err(Cut::Panicked(payload)) => std::panic::resume_unwind(payload),
    }
}

/// A body that awaits, from the enter of what it is held by to the end of the exit.
///
/// An exit waits for all enters and exits that go on inside of its body, also for those of bodies that were dropped, for which nobody
/// else waits: so all exit in order.
pub(crate) struct Span {
    outer: Option<Arc<Span>>,
    token: Option<CancellationToken>,
    /// When its time is over; known once it was entered.
    until: Mutex<Option<Until>>,
    /// Of the outermost: told where the time of any inside has changed.
    changed: Notify,
    /// By what it was cancelled.
    cut: OnceLock<Raised>,
    /// What else tells its guest that its body will not run.
    told: Cancelled,
    /// How many there are directly inside that somebody awaits.
    awaited: AtomicUsize,
    /// What goes on in it, and whether somebody awaits it: [`ONE`] for each enter, each exit, and each span directly inside that
    /// somebody awaits and in which something goes on; and [`AWAITED`].
    going: AtomicUsize,
    /// Woken where nothing goes on in it any more.
    calm: AtomicWaker,
    /// What goes on directly inside, whoever waits for it; there once anything has.
    inside: OnceLock<TaskTracker>,
}

/// How a guest that asks finds out whether its body was cancelled.
#[derive(Clone, Default)]
pub(crate) enum Cancelled {
    /// It was not, and is not while its guest runs.
    #[default]
    Never,
    /// It was before.
    Before,
    /// It is as soon as this token is.
    By(CancellationToken),
    /// It is as soon as this span is.
    In(Arc<Span>),
}

impl Cancelled {
    pub(crate) fn is_cancelled(&self) -> bool {
        match self {
            Self::Never => false,
            Self::Before => true,
            Self::By(token) => token.is_cancelled(),
            Self::In(span) => span.cut.get().is_some() || span.told.is_cancelled(),
        }
    }
}

/// A body that is polled, and dropped with this, where it lies: each function that it were handed to would have room for it.
struct InPlace<'a, F>(Pin<&'a mut Option<F>>);

impl<F: Future> Future for InPlace<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.0.as_mut().as_pin_mut().expect("it is there until this is dropped").poll(context)
    }
}

impl<F> Drop for InPlace<'_, F> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

/// Why a body did not come to its end.
pub(crate) enum Cut {
    Cancelled(Raised),
    Panicked(Box<dyn Any + Send>),
}

/// In [`Span::going`].
const AWAITED: usize = 1;

/// In [`Span::going`].
const ONE: usize = 2;

/// That somebody awaits a span, until this is dropped.
pub(crate) struct Awaited<'a>(&'a Span);

/// That something goes on in a span, whoever waits for it, until this is dropped: an enter, an exit, or those of a stack.
pub(crate) struct GoesOn {
    span: Arc<Span>,
    _in_outer: Option<TaskTrackerToken>,
}

impl Span {
    /// One inside of that which is polled now.
    pub(crate) fn begin(token: Option<CancellationToken>) -> Arc<Self> {
        Self::inside(INNERMOST.try_with(Arc::clone).ok(), token, Cancelled::Never)
    }

    /// The same, of a scope that is entered by who does not await it: guests are told by this that its body will not run.
    pub(crate) fn told_by(told: Cancelled) -> Arc<Self> {
        Self::inside(INNERMOST.try_with(Arc::clone).ok(), None, told)
    }

    /// One that is inside of none: what exits with a stack.
    pub(crate) fn alone() -> Arc<Self> {
        Self::inside(None, None, Cancelled::Never)
    }

    fn inside(outer: Option<Arc<Self>>, token: Option<CancellationToken>, told: Cancelled) -> Arc<Self> {
        Arc::new(Self {
            outer,
            token,
            until: Mutex::new(None),
            changed: Notify::new(),
            cut: OnceLock::new(),
            told,
            awaited: AtomicUsize::new(0),
            going: AtomicUsize::new(0),
            calm: AtomicWaker::new(),
            inside: OnceLock::new(),
        })
    }

    /// Says that somebody awaits it: what cancels it and those around it cancels it first.
    pub(crate) fn awaited(&self) -> Awaited<'_> {
        if let Some(outer) = &self.outer {
            self.going.fetch_or(AWAITED, SeqCst);
            outer.awaited.fetch_add(1, SeqCst);
        }
        Awaited(self)
    }

    /// Says that something goes on in it.
    pub(crate) fn goes_on(self: Arc<Self>) -> GoesOn {
        self.more_goes_on();
        let in_outer = self.outer.as_ref().map(|outer| outer.inside.get_or_init(TaskTracker::new).token());
        GoesOn { span: self, _in_outer: in_outer }
    }

    /// Those around it are told of the first, and [of the last](Self::less_goes_on) alone. The first lasts until they were told, so that
    /// none of them counts below nothing.
    fn more_goes_on(&self) {
        let mut span = self;
        while span.going.fetch_add(ONE, SeqCst) == AWAITED {
            let Some(outer) = &span.outer else { return };
            span = outer;
        }
    }

    fn less_goes_on(&self) {
        let mut span = self;
        loop {
            let before = span.going.fetch_sub(ONE, SeqCst);
            if before < ONE + ONE {
                span.calm.wake();
            }
            match &span.outer {
                Some(outer) if before == ONE + AWAITED => span = outer,
                _ => return,
            }
        }
    }

    /// Whether nothing goes on in it, nor in those inside of it that somebody awaits.
    fn is_calm(&self) -> bool {
        self.going.load(SeqCst) < ONE
    }

    /// When its time is over.
    pub(crate) fn set_until(&self, until: Option<Until>) {
        let mut known = self.until();
        if known.is_some() || until.is_some() {
            *known = until;
            self.changed().notify_waiters();
        }
    }

    fn until(&self) -> MutexGuard<'_, Option<Until>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Told where the time of this one, or of any that is around it or inside of it, has changed.
    fn changed(&self) -> &Notify {
        let mut span = self;
        while let Some(outer) = &span.outer {
            span = outer;
        }
        &span.changed
    }

    /// It and those around it.
    fn outward(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |span| span.outer.as_deref())
    }

    /// By what it is cancelled where nobody awaits it any more: by what was cancelled around it.
    pub(crate) fn abandon(&self) -> Raised {
        let raised = self.outward().find_map(|span| span.cut.get().cloned()).unwrap_or_else(abandoned);
        self.cut(&raised);
        raised
    }

    fn cut(&self, raised: &Raised) {
        self.cut.get_or_init(|| raised.clone());
    }

    /// By what it is to be cancelled, if it is now.
    fn stopped_by(&self) -> Option<Raised> {
        if self.outward().filter_map(|span| span.token.as_ref()).any(CancellationToken::is_cancelled) {
            return Some(interrupted());
        }
        let first = self.outward().filter_map(|span| span.until().clone()).min_by_key(|until| until.at);
        first.filter(Until::is_over).map(|until| until.raise())
    }

    /// Waits until it is to be cancelled, and says by what.
    async fn stopped(&self) -> Raised {
        loop {
            let mut changed = pin!(self.changed().notified());
            changed.as_mut().enable();
            if let Some(raised) = self.stopped_by() {
                return raised;
            }
            match self.bound() {
                None => changed.await,
                Some(bound) => drop(select(bound, changed).await),
            }
        }
    }

    /// What comes when it may be to be cancelled, if anything does. Most have no such, and all have room for it: so it is in a box.
    fn bound(&self) -> Option<BoxFuture<'_, ()>> {
        let until = self.outward().filter_map(|span| span.until().as_ref().map(|until| until.at)).min();
        let over = until.map(|until| sleep_until(until).boxed());
        let tokens = self.outward().filter_map(|span| span.token.as_ref());
        let all: Vec<_> = tokens.map(|token| token.cancelled().boxed()).chain(over).collect();
        (!all.is_empty()).then(|| select_all(all).map(drop).boxed())
    }

    /// Begins what nothing cuts short, such as an enter, and waits for it. Where the span is to be cancelled in the meantime, its guest
    /// is told where it asks, and the cancellation comes with what was waited for.
    ///
    /// # Errors
    /// The cancellation, where it was to be cancelled before: nothing was begun.
    pub(crate) async fn shielded<F: Future>(
        &self,
        begin: impl FnOnce() -> F,
    ) -> Result<(F::Output, Option<Raised>), Raised> {
        if let Some(raised) = self.stopped_by() {
            self.cut(&raised);
            // The body around it is to be cancelled too, though it begin such as this again and again.
            tokio::task::yield_now().await;
            return Err(raised);
        }
        let (mut work, mut stopped, mut stop) = (pin!(begin()), pin!(self.stopped()), None);
        let mut waited = false;
        let done = std::future::poll_fn(|context| {
            let done = work.as_mut().poll(context);
            // What is done at once was asked a moment ago.
            if stop.is_none()
                && (waited || done.is_pending())
                && let Poll::Ready(raised) = stopped.as_mut().poll(context)
            {
                self.cut(&raised);
                stop = Some(raised);
            }
            waited = true;
            done
        })
        .await;
        Ok((done, stop))
    }

    /// Runs the body where it lies, until it ends or is cancelled. It was dropped when this returns.
    ///
    /// What is awaited inside is cancelled first: the body is polled for as long as something goes on there, and once more after that,
    /// so that it is told. Who holds a body inside and does not poll that is not waited for: such a one is dropped with this body.
    pub(crate) async fn run<T>(
        self: &Arc<Self>,
        body: Pin<&mut Option<impl Future<Output = T>>>,
    ) -> Result<T, Cut> {
        let body = InPlace(body);
        let mut body = pin!(INNERMOST.scope(self.clone(), AssertUnwindSafe(body).catch_unwind()));
        let mut stopped = pin!(self.stopped());
        let mut stop = None;
        std::future::poll_fn(|context| {
            let mut told = false;
            loop {
                if let Poll::Ready(ended) = body.as_mut().poll(context) {
                    return Poll::Ready(ended.map_err(Cut::Panicked));
                }
                if stop.is_none() {
                    stop = Some(ready!(stopped.as_mut().poll(context)));
                }
                if (self.awaited.load(SeqCst) == 0 || (told && self.is_calm()))
                    && let Some(raised) = stop.take()
                {
                    self.cut(&raised);
                    return Poll::Ready(Err(Cut::Cancelled(raised)));
                }
                told = self.is_calm();
                if told {
                    // Who polls only what was woken is to poll those inside as well.
                    self.changed().notify_waiters();
                    continue;
                }
                self.calm.register(context.waker());
                if !self.is_calm() {
                    return Poll::Pending;
                }
            }
        })
        .await
    }

    /// Whether nothing goes on inside of it.
    pub(crate) fn is_quiet(&self) -> bool {
        self.inside.get().is_none_or(TaskTracker::is_empty)
    }

    /// Waits until nothing goes on inside of it. A body that somebody holds is not waited for: that may be who waits here.
    pub(crate) async fn quiet(&self) {
        if let Some(inside) = self.inside.get() {
            inside.close();
            inside.wait().await;
        }
    }
}

fn interrupted() -> Raised {
    Raised::new(Family::Cancelled, [ambit_kinds::INTERRUPTED], "the body was cancelled")
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        if let Some(outer) = &self.0.outer {
            outer.awaited.fetch_sub(1, SeqCst);
            if self.0.going.fetch_and(!AWAITED, SeqCst) >= ONE + AWAITED {
                outer.less_goes_on();
            }
        }
    }
}

impl GoesOn {
    pub(crate) fn span(&self) -> &Arc<Span> {
        &self.span
    }
}

impl Drop for GoesOn {
    fn drop(&mut self) {
        self.span.less_goes_on();
    }
}

/// Waits until then, on whatever runtime this is polled.
pub(crate) async fn sleep_until(at: Instant) {
    let sleep = match background::runtime() {
        Ok(runtime) => {
            let _entered = runtime.enter();
            tokio::time::sleep_until(at.into())
        }
        // Without threads nothing awaits.
        Err(_) => return std::future::pending().await,
    };
    sleep.await;
}
