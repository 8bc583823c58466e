//! The calls that are in flight in one store, and when the time of the first is over: [`Flights`].

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use slab::Slab;
use tokio::sync::Notify;

use super::{Called, Then};
use crate::fault::Phase;
use crate::manager::Manager;
use crate::place::Stopped;
use crate::state::Visit;

/// A call that is in flight.
pub(super) struct Flight {
    pub(super) manager: Manager,
    pub(super) phase: Phase,
    pub(super) until: Instant,
    pub(super) at: At,
    pub(super) then: Then,
}

/// How far a call is, and where what is known of its scope is.
pub(super) enum At {
    /// It is about to begin, and has it here.
    Start(Visit),
    /// The guest runs, and the store has it.
    Guest,
}

impl Flight {
    /// Tells that it was stopped. Its store, which had what was known of the scope, has given that back.
    pub(super) fn told(self, stopped: Stopped) {
        let At::Start(visit) = self.at else { return };
        (self.then)(Called { visit, given: Err(stopped) });
    }
}

/// The number of a call. One that has ended gives it to another.
pub(super) type Number = usize;

/// The calls that are in flight in one store, from when they are asked for: what they wait for until the store takes them, such as that
/// its instance is made, is of their time.
#[derive(Default)]
pub(super) struct Flights {
    known: Mutex<Known>,
    /// Told where a call is over sooner than all others.
    sooner: Notify,
}

#[derive(Default)]
struct Known {
    calls: Slab<Flight>,
    /// What is waited for: it is not after the end of any.
    awaited: Option<Instant>,
}

impl Flights {
    pub(super) fn begin(&self, flight: Flight) -> Number {
        let mut known = self.known();
        let sooner = known.awaited.is_none_or(|awaited| flight.until < awaited);
        if sooner {
            known.awaited = Some(flight.until);
        }
        let number = known.calls.insert(flight);
        drop(known);
        if sooner {
            self.sooner.notify_one();
        }
        number
    }

    /// The guest runs for it: what is known of the scope is the store's from now on. And when its time is over.
    pub(super) fn run(&self, number: Number) -> Option<(Visit, Instant)> {
        let mut known = self.known();
        let flight = known.calls.get_mut(number)?;
        match std::mem::replace(&mut flight.at, At::Guest) {
            At::Start(visit) => Some((visit, flight.until)),
            At::Guest => None,
        }
    }

    pub(super) fn end(&self, number: Number) -> Option<Flight> {
        self.known().calls.try_remove(number)
    }

    pub(super) fn len(&self) -> usize {
        self.known().calls.len()
    }

    /// Waits until the time of a call is over, and says which.
    pub(super) async fn overdue(&self) -> Number {
        loop {
            let awaited = self.known().awaited;
            tokio::select! {
                () = until(awaited) => {}
                () = self.sooner.notified() => continue,
            }
            // Most have ended by the time of which they would have been stopped, so that all that are left are looked at seldom.
            let mut known = self.known();
            let first = known.calls.iter().map(|(number, flight)| (flight.until, number)).min();
            known.awaited = first.map(|(until, _)| until);
            if let Some((until, number)) = first
                && until <= Instant::now()
            {
                return number;
            }
        }
    }

    /// All that are there now, of which none comes to its end any more.
    pub(super) fn drain(&self) -> Vec<(Number, Flight)> {
        std::mem::take(&mut self.known().calls).into_iter().collect()
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

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
