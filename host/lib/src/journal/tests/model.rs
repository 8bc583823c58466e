//! Whatever is done in whatever order, the journal is what a simple model of it says.

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
    Mark(usize, usize),
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
        1 => (owner.clone(), which.clone()).prop_map(|(owner, which)| Step::Mark(owner, which)),
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
    marked: bool,
    attempts: u32,
}

struct Model {
    folder: tempfile::TempDir,
    journals: [Option<Opened>; OWNERS],
    /// Which life each of the owners is in; a number is never used again.
    lives: [usize; OWNERS],
    /// Lives in the order in which they made their first entries.
    order: Vec<usize>,
    entries: Vec<Known>,
    count: usize,
}

impl Model {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journals = std::array::from_fn(|_| Some(open(folder.path())));
        let lives = std::array::from_fn(|owner| owner);
        Self { folder, journals, lives, order: Vec::new(), entries: Vec::new(), count: OWNERS }
    }

    fn journal(&self, owner: usize) -> &Opened {
        self.journals[owner].as_ref().unwrap()
    }

    /// Where an entry of an owner stands.
    fn entry(&self, owner: usize, which: usize) -> Option<usize> {
        let own = |(_, entry): &(usize, &Known)| entry.life == self.lives[owner];
        self.entries.iter().enumerate().filter(own).map(|(at, _)| at).nth(which)
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Begin(owner) => {
                let (life, state) = (self.lives[owner], format!("begun by {owner}"));
                let id = begin_of(self.journal(owner), &[0, b'0' + u8::try_from(owner).unwrap()], &state);
                assert!(self.entries.iter().all(|entry| entry.id < id));
                if !self.order.contains(&life) {
                    self.order.push(life);
                }
                self.entries.push(Known { id, life, state, marked: false, attempts: 0 });
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
            Step::Mark(owner, which) => {
                let Some(at) = self.entry(owner, which) else { return };
                self.entries[at].marked = true;
                self.entries[at].attempts += 1;
                self.journal(owner).mark_lost(self.entries[at].id, "it trapped").unwrap();
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
                    assert!(!self.journal(owner).forget(Id(i64::MAX)).unwrap());
                    return;
                };
                let own = entry.life == self.lives[owner];
                let forgotten = self.journal(owner).forget(entry.id);
                if !self.lives.contains(&entry.life) || (own && entry.marked) {
                    assert!(forgotten.unwrap());
                    self.entries.remove(which);
                } else {
                    assert!(forgotten.is_err());
                }
            }
        }
    }

    fn claim(&mut self, owner: usize, succeed: u8) {
        let own = self.lives[owner];
        let mut expected = Vec::new();
        for life in self.order.iter().rev() {
            let dead = !self.lives.contains(life);
            let of = self.entries.iter().filter(|entry| entry.life == *life);
            let lost = of.filter(|entry| dead || (*life == own && entry.marked));
            let mut lost: Vec<_> = lost.map(|entry| entry.id).collect();
            lost.reverse();
            if !lost.is_empty() {
                expected.push(lost);
            }
        }
        let mut found = Vec::new();
        let mut recoveries = 0;
        let journal = self.journals[owner].take().unwrap();
        for claim in journal.claim() {
            let claim = claim.unwrap();
            found.push(claim.entries().iter().map(|entry| entry.id).collect::<Vec<_>>());
            for entry in claim.entries() {
                let at = self.entries.iter().position(|known| known.id == entry.id).unwrap();
                assert_eq!(
                    (&entry.state, entry.attempts),
                    (&self.entries[at].state, self.entries[at].attempts)
                );
                assert_eq!(code(&claim.plugin(entry).unwrap()).digest(), entry.digest);
                if succeed >> (recoveries % 8) & 1 == 1 {
                    claim.done(entry).unwrap();
                    self.entries.remove(at);
                } else {
                    claim.failed(entry, "it trapped").unwrap();
                    self.entries[at].attempts += 1;
                }
                recoveries += 1;
            }
        }
        self.journals[owner] = Some(journal);
        assert_eq!(found, expected);
    }

    /// Compares what any of the owners lists, and which files there are.
    fn check(&self) {
        let expected = self.entries.iter().map(|entry| {
            let lost = entry.marked || !self.lives.contains(&entry.life);
            let status = if lost { Status::Lost } else { Status::Live };
            (entry.id, entry.state.clone(), status, entry.attempts, entry.attempts > 0)
        });
        let expected: Vec<_> = expected.collect();
        for owner in 0..OWNERS {
            let listed = self.journal(owner).list().unwrap().into_iter();
            let listed = listed
                .map(|entry| (entry.id, entry.state, entry.status, entry.attempts, entry.error.is_some()));
            assert_eq!(listed.collect::<Vec<_>>(), expected);
        }
        let needed = |life: &&usize| {
            self.lives.contains(life) || self.entries.iter().any(|entry| entry.life == **life)
        };
        let locks = names(&self.folder.path().join("owners"));
        assert_eq!(locks.len(), self.order.iter().filter(needed).count());
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
