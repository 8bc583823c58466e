//! How many instances a process may have at once: [`Counted`].

use std::fs;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// All that scopes have.
static ALL: LazyLock<Instances> = LazyLock::new(|| Instances::new(limit()));

/// How many mappings one takes with its store, rounded up: 4.2 were measured.
pub(crate) const MAPPINGS: usize = 5;

/// The same where its managers await, with the stacks that they run on: 6.8 were measured.
pub(crate) const MAPPINGS_AWAITING: usize = 7;

/// Some mappings stay for all else. A process that has no more of them cannot even have memory, and ends.
fn limit() -> usize {
    let mappings =
        fs::read_to_string("/proc/sys/vm/max_map_count").ok().and_then(|text| text.trim().parse().ok());
    mappings.map_or(usize::MAX, |mappings: usize| mappings / 10 * 9)
}

struct Instances {
    /// How many mappings they may take.
    limit: usize,
    taken: AtomicUsize,
}

/// That an instance is there, until this is dropped.
pub(crate) struct Counted {
    all: &'static Instances,
    mappings: usize,
}

/// There is no room for another.
#[derive(Debug, thiserror::Error)]
#[error(
    "there is no room for another instance: those that are there take {taken} mappings, and the system gives the process \
     few more (`vm.max_map_count`); share stores, by `Isolation::shared()`, or enter fewer scopes at once"
)]
pub(crate) struct NoRoom {
    taken: usize,
}

impl Instances {
    const fn new(limit: usize) -> Self {
        Self { limit, taken: AtomicUsize::new(0) }
    }

    fn add(&'static self, mappings: usize) -> Result<Counted, NoRoom> {
        let taken = self.taken.fetch_add(mappings, Ordering::Relaxed);
        // Refused, it is taken back as this is dropped.
        let counted = Counted { all: self, mappings };
        if taken + mappings <= self.limit { Ok(counted) } else { Err(NoRoom { taken }) }
    }
}

impl Counted {
    /// One more, for scopes. What describes and recovers is there for a moment, and whatever scopes there are.
    pub(crate) fn new(mappings: usize) -> Result<Self, NoRoom> {
        ALL.add(mappings)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.all.taken.fetch_sub(self.mappings, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_those_that_take_no_more_than_there_is() {
        static SOME: Instances = Instances::new(12);
        let (first, second) = (SOME.add(7), SOME.add(5));
        assert!(first.is_ok() && second.is_ok());
        let refused = SOME.add(1).map(drop).unwrap_err();
        assert!(refused.to_string().contains("take 12 mappings"), "{refused}");
        drop(first);
        let third = SOME.add(7);
        assert!(third.is_ok() && SOME.add(1).is_err());
    }
}
