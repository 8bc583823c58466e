//! The calls that are in flight in one store, and when the time of the first is over: [`Flights`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Called, Then};
use crate::fault::Phase;
use crate::manager::Manager;
use crate::place::Stopped;
use crate::state::Visit;
use tokio::sync::Notify;

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

/// The number of a call, in the order in which they began.
pub(super) type Number = u64;

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
    next: Number,
    calls: BTreeMap<Number, Flight>,
    ends: BTreeSet<(Instant, Number)>,
    /// What is waited for.
    awaited: Option<Instant>,
}

impl Flights {
    pub(super) fn begin(&self, flight: Flight) -> Number {
        let mut known = self.known();
        let number = known.next;
        known.next += 1;
        known.ends.insert((flight.until, number));
        let sooner = known.awaited.is_none_or(|awaited| flight.until < awaited);
        known.calls.insert(number, flight);
        drop(known);
        if sooner {
            self.sooner.notify_one();
        }
        number
    }

    /// The guest runs for it: what is known of the scope is the store's from now on. And when its time is over.
    pub(super) fn run(&self, number: Number) -> Option<(Visit, Instant)> {
        let mut known = self.known();
        let flight = known.calls.get_mut(&number)?;
        match std::mem::replace(&mut flight.at, At::Guest) {
            At::Start(visit) => Some((visit, flight.until)),
            At::Guest => None,
        }
    }

    pub(super) fn end(&self, number: Number) -> Option<Flight> {
        let mut known = self.known();
        let flight = known.calls.remove(&number)?;
        known.ends.remove(&(flight.until, number));
        Some(flight)
    }

    pub(super) fn len(&self) -> usize {
        self.known().calls.len()
    }

    /// Waits until the time of a call is over, and says which.
    pub(super) async fn overdue(&self) -> Number {
        loop {
            let first = {
                let mut known = self.known();
                let first = known.ends.first().copied();
                known.awaited = first.map(|(until, _)| until);
                first
            };
            match first {
                Some((until, number)) if until <= Instant::now() => return number,
                Some((until, _)) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(until.into()) => {}
                        () = self.sooner.notified() => {}
                    }
                }
                None => self.sooner.notified().await,
            }
        }
    }

    /// All that are there now, of which none comes to its end any more.
    pub(super) fn drain(&self) -> BTreeMap<Number, Flight> {
        let mut known = self.known();
        known.ends.clear();
        std::mem::take(&mut known.calls)
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
