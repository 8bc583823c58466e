//! Enters and exits of scopes that somebody may await. They go on whoever does: no call of a guest is ever dropped half-way.

use std::borrow::Cow;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use ambit_core::{Answer, Ending, Family, Raised};
use futures::future::Either;
use tokio::sync::oneshot;

use super::{ENTERED, Exited, Held, LIVE, Live, NotEntered, Scope, ended, untold};
use crate::background;
use crate::cancel::{Cancelled, GoesOn, Span};
use crate::concurrent::{Call, Called, Caller, Concurrent, Given, Pre, Request};
use crate::exchange::Inputs;
use crate::fault::{Fault, FaultKind, Phase};
use crate::manager::Manager;
use crate::place::{Home, Stopped};
use crate::settling::Settles;
use crate::state::Visit;
use crate::trace::Trace;
use crate::with;

/// What lasts until an enter or an exit has come to its end: that it goes on in the body's [span](Span), and that the engine is not
/// settled.
pub(crate) struct Custody {
    goes_on: GoesOn,
    _settles: Either<Settles, Arc<Settles>>,
}

impl Custody {
    fn new(span: Arc<Span>, settles: Either<Settles, Arc<Settles>>) -> Self {
        Self { goes_on: span.goes_on(), _settles: settles }
    }

    fn span(&self) -> &Arc<Span> {
        self.goes_on.span()
    }
}

type Entered = Result<Scope<'static>, NotEntered>;

/// An enter that goes on. Dropped, it goes on all the same, and what was entered is exited at once.
pub(crate) struct Entering<'m> {
    told: oneshot::Receiver<Entered>,
    span: Arc<Span>,
    manager: &'m Manager,
}

impl Future for Entering<'_> {
    type Output = Result<Held, NotEntered>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(Pin::new(&mut self.told).poll(context)) {
            Ok(Ok(scope)) => Ok(Held::new(scope, self.span.clone())),
            Ok(Err(not)) => Err(not),
            Err(_) => Err(NotEntered::of(untold(self.manager.name(), Phase::Enter).raise())),
        })
    }
}

impl Drop for Entering<'_> {
    fn drop(&mut self) {
        self.told.close();
        match self.told.try_recv() {
            Ok(Ok(scope)) => drop(scope.abandon(self.span.clone())),
            // Who enters sees that nobody waits.
            Err(oneshot::error::TryRecvError::Empty) => drop(self.span.abandon()),
            Ok(Err(_)) | Err(oneshot::error::TryRecvError::Closed) => {}
        }
    }
}

/// An exit that goes on, also where this is dropped.
pub(crate) struct Exiting {
    told: oneshot::Receiver<Exited<'static>>,
    pending: Option<Raised>,
    manager: Manager,
}

impl Exiting {
    /// Which error goes on, as the manager may have it, and what else happened.
    pub(crate) async fn ending(mut self) -> Ending {
        let pending = self.pending.take();
        self.exited().await.ending(pending)
    }

    pub(crate) async fn exited(mut self) -> Exited<'static> {
        let told = (&mut self.told).await;
        told.unwrap_or_else(|_| Exited::untold(Cow::Owned(self.manager.clone())))
    }
}

impl Drop for Exiting {
    fn drop(&mut self) {
        self.told.close();
        if let Ok(exited) = self.told.try_recv() {
            with::tell(&exited.ending(self.pending.take()).incidents);
        }
    }
}

impl Scope<'static> {
    /// Begins to run the manager to its yield.
    pub(crate) fn begin_enter<'m>(
        manager: &'m Manager,
        inputs: Inputs,
        entered_at: &'static Location<'static>,
        span: Arc<Span>,
    ) -> Entering<'m> {
        let settles = manager.plugin().engine().settling().begin(manager, Phase::Enter, entered_at);
        let custody = Custody::new(span.clone(), Either::Left(settles));
        let (tell, told) = oneshot::channel();
        match manager.plugin().concurrent() {
            None => {
                let manager = Cow::Owned(manager.clone());
                background::blocking_among(&background::ENTERS, move || {
                    let cancelled = Cancelled::In(custody.span().clone());
                    deliver(Self::enter(manager, &inputs, entered_at, cancelled), tell, custody);
                });
            }
            Some(pre) => {
                let cancelled = Cancelled::In(custody.span().clone());
                let visit = Visit::new(entered_at, cancelled, Trace::start(manager, entered_at));
                let begun = Begun { manager: manager.clone(), inputs, tell, custody, attempts: ATTEMPTS };
                begun.enter(visit, pre);
            }
        }
        Entering { told, span, manager }
    }

    /// Enters a manager that awaits, and waits for that.
    #[cold]
    pub(super) fn enter_awaiting(
        manager: Manager,
        inputs: &Inputs,
        entered_at: &'static Location<'static>,
        cancelled: Cancelled,
    ) -> Entered {
        let span = Span::told_by(cancelled);
        // It is begun where it is waited for: nothing that this thread would have to run drives it.
        let enter = async { Self::begin_enter(&manager, inputs.clone(), entered_at, span).await };
        background::block_on(enter).map(Held::into_scope)
    }

    /// Begins to run the rest of the manager, with `pending` raised at its yield, once all inside of the span has exited.
    pub(crate) fn begin_exit(mut self, pending: Option<Raised>, span: Arc<Span>) -> Exiting {
        let mut live = self.0.take().expect(LIVE);
        // It is settled as soon as it has exited, if nobody waits for more.
        let listed = live.visit.settles.take().map(Either::Right);
        let custody = Custody::new(span, listed.unwrap_or_else(|| Either::Left(live.begin_settling())));
        let (tell, told) = oneshot::channel();
        let exiting = Exiting { told, pending: pending.clone(), manager: Manager::clone(&live.manager) };
        if custody.span().is_quiet() {
            live.begin_exit(pending, custody, tell);
        } else {
            let exit = async move {
                custody.span().quiet().await;
                live.begin_exit(pending, custody, tell);
            };
            drop(background::spawn(exit));
        }
        exiting
    }

    /// The same as [`begin_exit`](Self::begin_exit), of a scope that was dropped: its engine is told.
    pub(crate) fn begin_leak(self, pending: Option<Raised>, span: Arc<Span>) -> Exiting {
        let entered_at = self.0.as_ref().expect(LIVE).visit.entered_at;
        let exiting = self.begin_exit(pending, span);
        let (tell, told) = oneshot::channel();
        let leaking = Exiting { told, pending: None, manager: exiting.manager.clone() };
        drop(background::spawn(async move {
            let exited = exiting.exited().await;
            exited.leaked(entered_at);
            drop(tell.send(exited));
        }));
        leaking
    }

    /// That it is to exit, which is listed once, whoever asks.
    pub(crate) fn settles(&self) -> Arc<Settles> {
        let live = self.0.as_ref().expect(LIVE);
        live.visit.settles.get_or_init(|| Arc::new(live.begin_settling())).clone()
    }

    /// Begins to exit, since nobody waits for the body any more.
    pub(crate) fn abandon(self, span: Arc<Span>) -> Exiting {
        let raised = span.abandon();
        self.begin_exit(Some(raised), span)
    }
}

/// How often a scope is tried to be entered in another store, where one was lost to others before its turn.
const ATTEMPTS: u32 = 8;

/// An enter that is on its way.
struct Begun {
    manager: Manager,
    inputs: Inputs,
    tell: oneshot::Sender<Entered>,
    custody: Custody,
    /// In how many other stores it may be tried yet.
    attempts: u32,
}

impl Begun {
    fn enter(self, visit: Box<Visit>, pre: &Pre) {
        let home = self.manager.terms().concurrent_home(&self.manager, pre);
        let call = Call::Enter(self.manager.name().to_owned(), self.inputs.clone());
        let caller = Box::new(Enters { begun: self, home: home.clone() });
        home.call(Request { visit, call, caller });
    }

    /// Not from inside of the call that failed.
    fn again(mut self, visit: Box<Visit>) {
        self.attempts -= 1;
        let again = async move {
            if let Some(pre) = self.manager.plugin().concurrent().cloned() {
                self.enter(visit, &pre);
            }
        };
        drop(background::spawn(again));
    }
}

/// Who asks for a call of `enter`.
struct Enters {
    begun: Begun,
    home: Arc<Concurrent>,
}

impl Caller for Enters {
    fn manager(&self) -> &Manager {
        &self.begun.manager
    }

    fn told(self: Box<Self>, called: Called) {
        let Self { begun, home } = *self;
        let Called { mut visit, given } = called;
        let given = match given {
            Ok(Given::Entered(entered)) => Ok(entered.map(|(handle, value)| visit.keep(handle, value))),
            Ok(Given::Exited(_)) => unreachable!("it was asked to enter"),
            // Nothing of the guest has run for it.
            Err(Stopped::Gone(_)) if begun.attempts > 0 => return begun.again(visit),
            Err(Stopped::Fault(fault) | Stopped::Gone(fault) | Stopped::Undropped(fault)) => Err(fault),
            Err(Stopped::NoRoom) => Err(Fault::no_room(begun.manager.name(), Phase::Enter)),
        };
        let blocks = match &given {
            Ok(Ok(_)) => false,
            Ok(Err(raised)) => visit.left.is_some() || raised.family() == Family::Fault,
            Err(_) => true,
        };
        let conclude = move || {
            let Begun { manager, tell, custody, .. } = begun;
            let live = Live { manager: Cow::Owned(manager), home: Home::Concurrent(home), visit };
            let mut scope = Scope::vacant();
            let entered = scope.entered(live, given, None);
            deliver(entered.map(|()| scope), tell, custody);
        };
        if blocks { background::blocking_among(&background::RECOVERIES, conclude) } else { conclude() }
    }
}

/// Tells who waits for an enter. Where nobody does, what was entered is exited.
fn deliver(entered: Entered, tell: oneshot::Sender<Entered>, custody: Custody) {
    if let Err(Ok(scope)) = tell.send(entered) {
        drop(scope.abandon(custody.span().clone()));
    }
}

impl<'m> Live<'m> {
    fn begin_settling(&self) -> Settles {
        let settling = self.manager.plugin().engine().settling();
        settling.begin(&self.manager, Phase::Exit, self.visit.entered_at)
    }

    /// Exits a scope of a manager that awaits, and waits for that.
    #[cold]
    pub(super) fn exit_awaiting(self, pending: Option<&Raised>) -> Exited<'m> {
        let Self { manager, home, visit } = self;
        if let Home::Concurrent(concurrent) = &home
            && concurrent.is_entered()
        {
            let reason = "it was called from inside of a call of its own store";
            let gone = Stopped::Gone(Fault::new(manager.name(), Phase::Exit, FaultKind::Protocol, reason));
            return Exited::of(manager, |manager, unreleased| {
                ended(manager, home, visit, Err(gone), None, pending, unreleased, None)
            });
        }
        let scope = Scope(Some(Live { manager: Cow::Owned(manager.into_owned()), home, visit }));
        let exit = async { scope.begin_exit(pending.cloned(), Span::begin(None)).exited().await };
        background::block_on(exit)
    }
}

impl Live<'static> {
    fn begin_exit(self, pending: Option<Raised>, custody: Custody, tell: oneshot::Sender<Exited<'static>>) {
        let begun = BegunExit { pending, tell, custody };
        let Home::Concurrent(home) = &self.home else {
            return background::blocking(move || {
                let exited = self.exit(begun.pending.as_ref());
                begun.conclude(exited);
            });
        };
        let called_at = home.clone();
        let Self { manager, home, mut visit } = self;
        let pending = begun.pending.as_ref();
        visit.cancelled = if is_cancelled(pending) { Cancelled::Before } else { Cancelled::Never };
        let call = Call::Exit(visit.handle.expect(ENTERED), pending.cloned());
        let caller = Box::new(Exits { manager, home, begun });
        called_at.call(Request { visit, call, caller });
    }
}

/// An exit that is on its way.
struct BegunExit {
    pending: Option<Raised>,
    tell: oneshot::Sender<Exited<'static>>,
    custody: Custody,
}

impl BegunExit {
    /// Tells who waits for it. Where nobody does, what would be lost is told all the same.
    fn conclude(self, exited: Exited<'static>) {
        let Self { pending, tell, custody } = self;
        if let Err(exited) = tell.send(exited) {
            with::tell(&exited.ending(pending).incidents);
        }
        drop(custody);
    }
}

/// Who asks for a call of `exit`.
struct Exits {
    manager: Cow<'static, Manager>,
    home: Home,
    begun: BegunExit,
}

impl Caller for Exits {
    fn manager(&self) -> &Manager {
        &self.manager
    }

    fn told(self: Box<Self>, called: Called) {
        let Self { manager, home, begun } = *self;
        let Called { visit, given } = called;
        let (called, given) = match given {
            Ok(Given::Exited(answer)) => (Ok(()), Some(answer)),
            Ok(Given::Entered(_)) => unreachable!("it was asked to exit"),
            Err(stopped) => (Err(stopped), None),
        };
        let is_broken = matches!(&given, Some(Answer::Raised(raised)) if raised.family() == Family::Fault);
        let blocks = called.is_err() || is_broken || visit.left.is_some() || visit.saw.is_some();
        let conclude = move || {
            let pending = begun.pending.as_ref();
            let exited = Exited::of(manager, |manager, unreleased| {
                ended(manager, home, visit, called, given, pending, unreleased, None)
            });
            begun.conclude(exited);
        };
        if blocks { background::blocking_among(&background::RECOVERIES, conclude) } else { conclude() }
    }
}

/// Whether what is pending says that the body was cancelled.
pub(super) fn is_cancelled(pending: Option<&Raised>) -> bool {
    pending.is_some_and(|raised| raised.family() == Family::Cancelled)
}
