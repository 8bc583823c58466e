//! The calls that are in flight in one store, and when the time of the first is over: [`Flights`].

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use slab::Slab;

use super::{Call, Called, Caller};
use crate::fault::Phase;
use crate::place::Stopped;
use crate::state::Visit;

/// A call that is in flight.
pub(super) struct Flight {
    pub(super) caller: Box<dyn Caller>,
    pub(super) phase: Phase,
    pub(super) until: Instant,
    pub(super) at: At,
}

/// How far a call is, and where what is known of its scope is.
pub(super) enum At {
    /// It is about to begin, and has it here.
    Start(Box<Visit>),
    /// The guest runs, and the store has it.
    Guest,
}

impl Flight {
    /// The name of the manager whose scope it is for.
    pub(super) fn manager(&self) -> &str {
        self.caller.manager().name()
    }

    /// Tells that it was stopped. Its store, which had what was known of the scope, has given that back.
    pub(super) fn told(self, stopped: Stopped) {
        let At::Start(visit) = self.at else { return };
        self.caller.told(Called { visit, given: Err(stopped) });
    }
}

/// The number of a call. One that has ended gives it to another.
pub(super) type Number = usize;

/// A call that the store has not taken yet. It holds no manager, whose terms hold those who ask: the store would never be dropped.
pub(super) struct Asked {
    pub(super) number: Number,
    pub(super) call: Call,
}

/// The calls that are in flight in one store, from when they are asked for: what they wait for until the store takes them, such as that
/// its instance is made, is of their time.
///
/// Who changes this wakes who drives the store, which then looks at all of it: what waits here has no wakers of its own.
#[derive(Default)]
pub(super) struct Flights {
    known: Mutex<Known>,
    /// Whether something was asked for, or nobody asks any more, so that who drives the store need not look when not.
    news: AtomicBool,
    /// Whether a call is over sooner than all others were.
    sooner: AtomicBool,
}

#[derive(Default)]
struct Known {
    calls: Slab<Flight>,
    asked: VecDeque<Asked>,
    asks: Asks,
    /// What is waited for: it is not after the end of any.
    awaited: Option<Instant>,
}

/// Whether there may be more calls.
#[derive(Clone, Copy, Default, PartialEq)]
enum Asks {
    #[default]
    More,
    /// Those that were asked for are the last.
    NoMore,
    /// Nobody takes any.
    InVain,
}

impl Flights {
    /// Asks for a call; gives it back where nobody takes any more.
    pub(super) fn begin(&self, flight: Flight, call: Call) -> Result<(), Flight> {
        let mut known = self.known();
        if known.asks == Asks::InVain {
            return Err(flight);
        }
        if known.awaited.is_none_or(|awaited| flight.until < awaited) {
            known.awaited = Some(flight.until);
            self.sooner.store(true, Ordering::Release);
        }
        let number = known.calls.insert(flight);
        known.asked.push_back(Asked { number, call });
        self.news.store(true, Ordering::Release);
        Ok(())
    }

    /// The next that the store is to take, once one was asked for. None at all where nobody asks for more.
    pub(super) fn next(&self) -> Poll<Option<Asked>> {
        if !self.news.load(Ordering::Acquire) {
            return Poll::Pending;
        }
        let mut known = self.known();
        let next = known.asked.pop_front();
        let more = known.asks == Asks::More;
        self.news.store(!more || !known.asked.is_empty(), Ordering::Release);
        if more && next.is_none() { Poll::Pending } else { Poll::Ready(next) }
    }

    /// The guest runs for it: what is known of the scope is the store's from now on. Also, when its time is over, and whether it is the
    /// only one.
    pub(super) fn run(&self, number: Number) -> Option<(Box<Visit>, Instant, bool)> {
        let mut known = self.known();
        let is_only = known.calls.len() == 1;
        let flight = known.calls.get_mut(number)?;
        match std::mem::replace(&mut flight.at, At::Guest) {
            At::Start(visit) => Some((visit, flight.until, is_only)),
            At::Guest => None,
        }
    }

    /// It has ended. Also, whether it was the last.
    pub(super) fn end(&self, number: Number) -> Option<(Flight, bool)> {
        let mut known = self.known();
        let flight = known.calls.try_remove(number)?;
        Some((flight, known.calls.is_empty()))
    }

    /// Waits until the time of a call is over, and says which.
    pub(super) async fn overdue(&self) -> Number {
        let mut sleep = pin!(tokio::time::sleep_until(later(Duration::MAX).into()));
        poll_fn(|context| {
            loop {
                if self.sooner.swap(false, Ordering::Acquire)
                    && let Some(awaited) = self.known().awaited
                {
                    sleep.as_mut().reset(awaited.into());
                }
                ready!(sleep.as_mut().poll(context));
                // Most have ended by the time of which they would have been stopped, so that all that are left are looked at seldom.
                let mut known = self.known();
                let first = known.calls.iter().map(|(number, flight)| (flight.until, number)).min();
                if let Some((until, number)) = first
                    && until <= Instant::now()
                {
                    return Poll::Ready(number);
                }
                known.awaited = first.map(|(until, _)| until);
                let until = known.awaited.unwrap_or_else(|| later(Duration::MAX));
                sleep.as_mut().reset(until.into());
            }
        })
        .await
    }

    /// Nobody asks for more.
    pub(super) fn leave(&self) {
        let mut known = self.known();
        if known.asks == Asks::More {
            known.asks = Asks::NoMore;
            self.news.store(true, Ordering::Release);
        }
    }

    /// All that are there now, of which none comes to its end any more.
    pub(super) fn drain(&self) -> Vec<(Number, Flight)> {
        self.drained(|_| ())
    }

    /// The same; and from now on nobody takes any.
    pub(super) fn close(&self) -> Vec<(Number, Flight)> {
        self.drained(|known| known.asks = Asks::InVain)
    }

    fn drained(&self, change: impl FnOnce(&mut Known)) -> Vec<(Number, Flight)> {
        let mut known = self.known();
        change(&mut known);
        let (calls, asked) = (std::mem::take(&mut known.calls), std::mem::take(&mut known.asked));
        drop(known);
        // Errors of the host's own may be among them.
        drop(asked);
        calls.into_iter().collect()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a budget is over that begins now.
pub(super) fn later(budget: Duration) -> Instant {
    let now = Instant::now();
    // What overflows is longer than any machine runs.
    now.checked_add(budget).unwrap_or_else(|| now + Duration::from_secs(u64::from(u32::MAX)))
}
