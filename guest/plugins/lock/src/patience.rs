//! How long to wait, and how often to look.

use std::time::Duration;

/// The pauses between looks: short at first, half as long again each time, up to a quarter of a second.
#[derive(Debug)]
pub(crate) struct Patience {
    wait: Duration,
    next: Duration,
}

impl Patience {
    pub(crate) fn new(wait: Duration) -> Self {
        Self { wait, next: FIRST }
    }

    /// How long to pause now that so much has passed; none once the wait is over. `random` spreads those who began to wait
    /// together.
    pub(crate) fn pause(&mut self, passed: Duration, random: u64) -> Option<Duration> {
        let left = self.wait.checked_sub(passed).filter(|left| !left.is_zero())?;
        let spread = u32::try_from(random % 512).unwrap_or_default();
        // Between three quarters and five quarters of it.
        let pause = self.next * (768 + spread) / 1024;
        self.next = (self.next * 3 / 2).min(LAST);
        Some(pause.min(left))
    }
}

const FIRST: Duration = Duration::from_millis(2);
const LAST: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    /// All pauses of a wait, on a clock that shows nothing but them.
    fn pauses(wait: Duration) -> Vec<Duration> {
        let (mut patience, mut passed) = (Patience::new(wait), Duration::ZERO);
        let mut random = 0;
        std::iter::from_fn(|| {
            random += 97;
            let pause = patience.pause(passed, random)?;
            passed += pause;
            Some(pause)
        })
        .collect()
    }

    #[test]
    fn no_wait_has_no_pause() {
        assert_eq!(pauses(Duration::ZERO), []);
    }

    #[test]
    fn the_pauses_are_the_wait() {
        let wait = Duration::from_secs(10);
        assert_eq!(pauses(wait).iter().sum::<Duration>(), wait);
    }

    #[test]
    fn it_looks_often_at_first_and_four_times_a_second_later() {
        let pauses = pauses(Duration::from_secs(60));
        assert!(pauses[0] < Duration::from_millis(3));
        assert!(pauses[20..pauses.len() - 1].iter().all(|pause| (187..313).contains(&pause.as_millis())));
    }
}
