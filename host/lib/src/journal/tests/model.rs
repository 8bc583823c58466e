//! Whatever is done in whatever order, the journal is what a simple model of it says.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// How many owners there are at a time.
const OWNERS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Begin(usize),
    /// Of an owner, which of its entries.
    Update(usize, usize),
    End(usize, usize),
    Abandon(usize, usize),
    /// The owner dies, and another takes its place.
    Die(usize),
    /// Who claims, and which recoveries succeed.
    Claim(usize, u8),
    /// Who forgets, and which of all entries.
    Forget(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (owner, which) = (0..OWNERS, 0..4usize);
    let step = prop_oneof![
        4 => owner.clone().prop_map(Step::Begin),
        2 => (owner.clone(), which.clone()).prop_map(|(owner, which)| Step::Update(owner, which)),
        2 => (owner.clone(), which.clone()).prop_map(|(owner, which)| Step::End(owner, which)),
        1 => (owner.clone(), which.clone()).prop_map(|(owner, which)| Step::Abandon(owner, which)),
        2 => owner.clone().prop_map(Step::Die),
        2 => (owner.clone(), any::<u8>()).prop_map(|(owner, succeed)| Step::Claim(owner, succeed)),
        1 => (owner, which).prop_map(|(owner, which)| Step::Forget(owner, which)),
    ];
    prop::collection::vec(step, 1..40)
}

/// An entry, as it should be.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    id: Id,
    /// The life that made it.
    life: usize,
    state: String,
    abandoned: bool,
    attempts: u32,
}

struct Model {
    folder: tempfile::TempDir,
    journals: [Option<Opened>; OWNERS],
    /// Which life each of the owners is in; a number is never used again.
    lives: [usize; OWNERS],
    /// The lives that made an entry.
    owned: BTreeSet<usize>,
    entries: Vec<Known>,
    count: usize,
}

impl Model {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journals = std::array::from_fn(|_| Some(open(folder.path())));
        let lives = std::array::from_fn(|owner| owner);
        Self { folder, journals, lives, owned: BTreeSet::new(), entries: Vec::new(), count: OWNERS }
    }

    fn journal(&self, owner: usize) -> &Opened {
        self.journals[owner].as_ref().unwrap()
    }

    /// Whether nobody lives who could exit the scope.
    fn is_lost(&self, entry: &Known) -> bool {
        entry.abandoned || !self.lives.contains(&entry.life)
    }

    /// Where an entry stands that an owner can still change.
    fn entry(&self, owner: usize, which: usize) -> Option<usize> {
        let own = |(_, entry): &(usize, &Known)| entry.life == self.lives[owner] && !entry.abandoned;
        self.entries.iter().enumerate().filter(own).map(|(at, _)| at).nth(which)
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Begin(owner) => {
                let (life, state) = (self.lives[owner], format!("begun by {owner}"));
                let id = begin_of(self.journal(owner), &[0, b'0' + u8::try_from(owner).unwrap()], &state);
                assert!(self.entries.iter().all(|entry| entry.id < id));
                self.owned.insert(life);
                self.entries.push(Known { id, life, state, abandoned: false, attempts: 0 });
            }
            Step::Update(owner, which) => {
                let Some(at) = self.entry(owner, which) else { return };
                self.entries[at].state.push('+');
                let Known { id, state, .. } = &self.entries[at];
                self.journal(owner).update(*id, state, LONG).unwrap();
            }
            Step::End(owner, which) => {
                let Some(at) = self.entry(owner, which) else { return };
                let entry = self.entries.remove(at);
                self.journal(owner).end(entry.id).unwrap();
            }
            Step::Abandon(owner, which) => {
                let Some(at) = self.entry(owner, which) else { return };
                self.entries[at].abandoned = true;
                self.entries[at].attempts += 1;
                self.journal(owner).abandon(self.entries[at].id, "it trapped").unwrap();
            }
            Step::Die(owner) => {
                self.journals[owner] = None;
                self.journals[owner] = Some(open(self.folder.path()));
                self.lives[owner] = self.count;
                self.count += 1;
            }
            Step::Claim(owner, succeed) => self.claim(owner, succeed),
            Step::Forget(owner, which) => {
                let Some(entry) = self.entries.get(which).cloned() else {
                    assert!(!self.journal(owner).forget(&[Id(i64::MAX)]).unwrap());
                    return;
                };
                let forgotten = self.journal(owner).forget(&[entry.id]);
                if self.is_lost(&entry) {
                    assert!(forgotten.unwrap());
                    self.entries.remove(which);
                } else {
                    assert!(forgotten.is_err());
                }
            }
        }
    }

    fn claim(&mut self, owner: usize, succeed: u8) {
        let lost = self.entries.iter().filter(|entry| self.is_lost(entry));
        let expected: Vec<_> = lost.rev().map(|entry| entry.id).collect();
        let journal = self.journals[owner].take().unwrap();
        let claim = claim(&journal);
        for (recoveries, entry) in claim.entries().iter().enumerate() {
            let at = self.entries.iter().position(|known| known.id == entry.id).unwrap();
            assert_eq!((&entry.state, entry.attempts), (&self.entries[at].state, self.entries[at].attempts));
            assert_eq!(code(&claim.plugin(entry).unwrap()).digest(), entry.digest);
            if succeed >> (recoveries % 8) & 1 == 1 {
                claim.done(entry).unwrap();
                self.entries.remove(at);
            } else {
                claim.failed(entry, "it trapped").unwrap();
                self.entries[at].attempts += 1;
            }
        }
        let found: Vec<_> = claim.entries().iter().map(|entry| entry.id).collect();
        drop(claim);
        self.journals[owner] = Some(journal);
        assert_eq!(found, expected);
    }

    /// Compares what any of the owners lists, and which files there are.
    fn check(&self) {
        let expected = self.entries.iter().map(|entry| {
            let status = if self.is_lost(entry) { Status::Lost } else { Status::Live };
            (entry.id, entry.state.clone(), status, entry.attempts, entry.attempts > 0)
        });
        let expected: Vec<_> = expected.collect();
        for owner in 0..OWNERS {
            let listed = self.journal(owner).list().unwrap().into_iter();
            let listed = listed
                .map(|entry| (entry.id, entry.state, entry.status, entry.attempts, entry.error.is_some()));
            assert_eq!(listed.collect::<Vec<_>>(), expected);
        }
        // One for each owner that lives, or has an entry, and one for each that abandoned one.
        let live = self.owned.iter().filter(|life| self.lives.contains(life)).map(|life| (*life, false));
        let kept = self.entries.iter().map(|entry| (entry.life, entry.abandoned));
        let locks = names(&self.folder.path().join("owners"));
        assert_eq!(locks.len(), live.chain(kept).collect::<BTreeSet<_>>().len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_journal_is_what_its_model_says(steps in steps()) {
        let mut model = Model::new();
        for step in steps {
            model.step(step);
            model.check();
        }
    }
}
