//! How long to wait, and how often to ask: [`Patience`].

use std::time::{Duration, Instant};

use ambit_guest::phase;

/// A wait that has begun, for an enter or for an exit.
#[derive(Debug)]
pub(crate) struct Patience {
    since: Instant,
    limit: Duration,
    /// Whether the host's budget ends it before its own time.
    pub(crate) is_cut: bool,
    next: Duration,
}

impl Patience {
    /// Begins to wait that long, or until shortly before the budget of the phase is over.
    pub(crate) fn begin(wait: Duration) -> Self {
        Self::within(wait, phase::time_left().saturating_sub(RESERVE))
    }

    fn within(wait: Duration, budget: Duration) -> Self {
        Self { since: Instant::now(), limit: wait.min(budget), is_cut: budget < wait, next: FIRST }
    }

    /// How much of it is left.
    pub(crate) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.since.elapsed())
    }

    /// How long it has lasted, to be read by people.
    pub(crate) fn waited(&self) -> String {
        format!("{:.1} s", self.since.elapsed().as_secs_f64())
    }

    /// How long to pause until it is asked again; none once the wait is over.
    pub(crate) fn pause(&mut self) -> Option<Duration> {
        let left = Some(self.left()).filter(|left| !left.is_zero())?;
        let pause = self.next.min(left);
        self.next = (self.next * 3 / 2).min(LAST);
        Some(pause)
    }
}

/// What is left of a budget for an error to be raised in: beyond it there is only a fault.
const RESERVE: Duration = Duration::from_millis(250);

const FIRST: Duration = Duration::from_millis(10);
const LAST: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_ends_a_wait_that_is_longer() {
        let short = Patience::within(Duration::from_secs(60), Duration::from_secs(1));
        assert!(short.is_cut && short.left() <= Duration::from_secs(1));
        assert!(!Patience::within(Duration::from_secs(1), Duration::MAX).is_cut);
    }

    #[test]
    fn no_wait_has_no_pause_and_no_pause_is_longer_than_what_is_left() {
        assert_eq!(Patience::within(Duration::ZERO, Duration::MAX).pause(), None);
        assert!(
            Patience::within(Duration::from_millis(1), Duration::MAX).pause()
                <= Some(Duration::from_millis(1))
        );
    }

    #[test]
    fn it_asks_often_at_first_and_four_times_a_second_later() {
        let mut patience = Patience::within(Duration::from_secs(3600), Duration::MAX);
        let pauses: Vec<_> = std::iter::from_fn(|| patience.pause()).take(30).collect();
        assert!(pauses.is_sorted() && pauses[0] == FIRST && pauses[29] == LAST);
    }
}
