//! Whether memory, descriptors and maps are as before, after many rounds of one cause: [`check`].

use std::fs;

use crate::body::Body;
use crate::cause::Cause;
use crate::cell::Cell;
use crate::check;
use crate::hostile;
use crate::kind::Kind;
use crate::phase::Phase;
use crate::policy::Policy;
use crate::position::Position;

/// What the process holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    descriptors: usize,
    maps: usize,
    resident: usize,
}

/// How many maps more are no leak: those of the allocator come and go. A store that is kept has two or more, each round.
const MAPS: usize = 8;

/// How many bytes more are no leak: the allocator keeps what it was given back. A store that is kept has a MiB or so.
const RESIDENT: usize = 4 << 20;

/// How many scopes of the plugin work afterwards: more than the handles that a store may leave open.
const AFTERWARDS: u32 = 70;

impl Held {
    fn now() -> Self {
        let statm = fs::read_to_string("/proc/self/statm").unwrap();
        let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
        Self {
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
            maps: fs::read_to_string("/proc/self/maps").unwrap().lines().count(),
            resident: pages * 4096,
        }
    }

    fn check(self, before: Self) {
        let right = self.descriptors == before.descriptors
            && self.maps <= before.maps + MAPS
            && self.resident <= before.resident + RESIDENT;
        assert!(right, "the process held {before:?}, and holds {self:?}");
    }
}

/// Checks a cause under a policy, which has one: all of its phases, round after round.
pub(crate) fn check(cause: Cause, policy: Policy, kind: Kind) {
    let cells = Phase::ALL.map(|phase| Cell { cause, phase, position: Position::Between, policy, kind });
    // What only time ends is done less often.
    let phases = |cell: &&Cell| !cause.is_endless() || cell.phase.of_scope().is_some();
    let rounds = |count: usize| {
        for _ in 0..count {
            for cell in cells.iter().filter(phases) {
                if let Ok(verdict) = cell.verdict() {
                    check::ended(cell, verdict, Body::Fails);
                }
            }
        }
    };
    let (warm_up, measured) = if cause.is_endless() { (1, 5) } else { (5, 15) };
    rounds(warm_up);
    let before = Held::now();
    rounds(measured);
    Held::now().check(before);

    let [_, _, entering, ..] = cells;
    let hostile = hostile::manager(&entering);
    for scope in 0..AFTERWARDS {
        check::next(&hostile, if policy == Policy::Fresh { 0 } else { scope });
    }
}
