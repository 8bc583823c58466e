//! The protocol under every interleaving of its steps, up to a number of switches that nothing forces; and under every death,
//! with the recovery that follows, which may itself die.
//!
//! Each process is a thread that waits for its turn ahead of each operation on a folder in memory. A run is a list of
//! choices of whose turn it is, or who dies ahead of it; the next run changes the last choice that can be changed.

mod model;

use std::cell::{Cell, RefCell};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use self::model::{Died, Model, NAME, Process, Role, STALE, Waiting, World, record};
use crate::protocol::{Attempt, Lock, Release, Step};

const CONTENDS: Role = Role { is_stale: false, takes: None, deaths: 0 };
const LATE: Role = Role { is_stale: true, ..CONTENDS };

/// What a process has left last.
#[derive(Clone, Default)]
struct Left {
    claims: Option<String>,
    bare: bool,
}

/// A process: until its end, or its death and recovery.
fn live(process: Process<'_>, exclusive: bool) {
    let (left, inside) = (RefCell::default(), Cell::new(false));
    if dies(|| work(process, exclusive, &left, &inside)) {
        if inside.get() {
            process.model.world.lock().unwrap().inside -= 1;
        }
        // After a death there is another recovery, and after a recovery there may be one, too.
        while dies(|| recover(process, &left.borrow())) {}
        while dies(|| recover(process, &left.borrow())) {}
    }
}

fn dies(work: impl FnOnce()) -> bool {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(()) => false,
        Err(panic) if panic.is::<Died>() => true,
        Err(panic) => resume_unwind(panic),
    }
}

fn work(process: Process<'_>, exclusive: bool, left: &RefCell<Left>, inside: &Cell<bool>) {
    let lock = Lock::new(process, NAME.to_owned());
    let own = record(&process.token());
    let leave = |step: Step<'_>| {
        drop(process.step(Waiting::Ready));
        *left.borrow_mut() = Left { claims: step.claims.map(str::to_owned), bare: step.bare };
        Ok::<_, io::Error>(())
    };
    if !process.role.is_stale {
        let Attempt::Taken { .. } = lock.attempt(&own, |held| process.takes(held), leave).unwrap() else {
            return;
        };
        let mut world = process.step(Waiting::Ready);
        world.inside += 1;
        inside.set(true);
        assert!(world.inside == 1 || !exclusive, "two hold the lock");
        drop(world);
        process.step(Waiting::Ready).inside -= 1;
        inside.set(false);
    }
    let ended = lock.release(&own, leave, pauses(process)).unwrap();
    match ended {
        Release::Released => {}
        Release::Lost { .. } => assert!(process.role.is_stale || !exclusive),
        // Who claims it has died, and is recovered some time.
        Release::Stuck { .. } | Release::Unwritten { .. } => {
            let end = Left { claims: None, ..left.borrow().clone() };
            recover(process, &end);
        }
    }
}

/// Pauses a few times, until all others have nothing to do but to pause.
fn pauses(process: Process<'_>) -> impl FnMut() -> bool {
    let mut left = 3;
    move || {
        drop(process.step(Waiting::Paused));
        left -= 1;
        left > 0
    }
}

/// What a host does, again if it fails.
fn recover(process: Process<'_>, left: &Left) {
    let step = Step { claims: left.claims.as_deref(), bare: left.bare };
    let lock = Lock::new(process, NAME.to_owned());
    for again in [true, true, false] {
        match lock.recover::<io::Error>(&record(&process.token()), step, pauses(process)).unwrap() {
            Release::Released | Release::Lost { .. } => return,
            Release::Stuck { .. } | Release::Unwritten { .. } if again => {}
            Release::Stuck { claim } => process.step(Waiting::Ready).left.extend([claim, NAME.to_owned()]),
            Release::Unwritten { file } => process.step(Waiting::Ready).left.push(file),
        }
    }
}

/// One choice of a run, and how many there were.
struct Choice {
    taken: usize,
    of: usize,
}

/// Plays one run, following `choices` as far as they go and adding to them. `switches` may be made that nothing forces.
fn play(model: &Model, choices: &mut Vec<Choice>, mut switches: usize) {
    let mut current = 0;
    let mut at = 0;
    loop {
        let deciding = |world: &mut World| world.turn.is_some() || world.waiting.contains(&Waiting::Running);
        let mut world = model.changed.wait_while(model.world.lock().unwrap(), deciding).unwrap();
        let mut options = with(&world, Waiting::Ready);
        if options.is_empty() {
            options = with(&world, Waiting::Paused);
        }
        if options.is_empty() {
            return;
        }
        if let Some(place) = options.iter().position(|id| *id == current) {
            options.swap(0, place);
            if switches == 0 {
                options.truncate(1);
            }
        }
        let dying: Vec<_> = options.iter().copied().filter(|id| world.lives[*id] > 0).collect();
        let goes = options.len();
        if choices.len() == at {
            choices.push(Choice { taken: 0, of: goes + dying.len() });
        }
        let taken = choices[at].taken;
        let next = options.iter().chain(&dying).copied().nth(taken).expect("there are as many");
        switches -= usize::from(next != current && options[0] == current);
        current = next;
        at += 1;
        world.turn = Some(current);
        world.dies = taken >= goes;
        world.lives[current] -= usize::from(world.dies);
        model.changed.notify_all();
    }
}

fn with(world: &World, what: Waiting) -> Vec<usize> {
    (0..world.waiting.len()).filter(|id| world.waiting[*id] == what).collect()
}

/// Plays all runs. `stale` says whether the lock is held by a stale record at first.
#[track_caller]
fn check(roles: &[Role], stale: bool, links: bool, switches: usize) {
    let exclusive = roles.iter().all(|role| role.takes.is_none());
    let mut choices: Vec<Choice> = Vec::new();
    let mut runs = 0;
    loop {
        let model = Model::default();
        {
            let mut world = model.world.lock().unwrap();
            world.waiting = vec![Waiting::Running; roles.len()];
            world.lives = roles.iter().map(|role| role.deaths).collect();
            if stale {
                world.files.insert(NAME.to_owned(), record(STALE).text());
            }
        }
        std::thread::scope(|scope| {
            for (id, role) in roles.iter().enumerate() {
                let model = &model;
                scope.spawn(move || {
                    let _ended = Ended(model, id);
                    live(Process { model, id, links, role: *role }, exclusive);
                });
            }
            play(&model, &mut choices, switches);
        });
        let World { files, left, .. } = &*model.world.lock().unwrap();
        assert!(left.is_empty() || !links, "a recovery left {left:?}");
        // A stale lock stays if nobody is there who releases it, and who began to take it over died.
        let stays = |name: &String, text: &String| {
            name == NAME && *text == record(STALE).text() && !roles.iter().any(|role| role.is_stale)
        };
        let lost = files.iter().filter(|(name, text)| !left.contains(name) && !stays(name, text));
        assert_eq!(lost.count(), 0, "left behind: {files:?}");
        runs += 1;
        while choices.last().is_some_and(|choice| choice.taken + 1 == choice.of) {
            choices.pop();
        }
        match choices.last_mut() {
            Some(choice) => choice.taken += 1,
            None => break,
        }
    }
    assert!(runs > 10 * roles.len(), "only {runs} runs: the processes did not meet");
}

/// Says that a process ended, also if it panicked: the scope then reports that.
struct Ended<'a>(&'a Model, usize);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let mut world = self.0.world.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        world.waiting[self.1] = Waiting::Ended;
        world.turn = None;
        self.0.changed.notify_all();
    }
}

#[test]
fn a_free_lock_is_taken_by_one_alone() {
    check(&[CONTENDS, CONTENDS], false, true, 4);
    check(&[CONTENDS, CONTENDS, CONTENDS], false, true, 2);
}

#[test]
fn a_free_lock_is_taken_by_one_alone_where_there_are_no_links() {
    check(&[CONTENDS, CONTENDS], false, false, 4);
    check(&[CONTENDS, CONTENDS, CONTENDS], false, false, 2);
}

#[test]
fn a_stale_lock_is_taken_over_by_one_alone() {
    check(&[CONTENDS, CONTENDS], true, true, 4);
    check(&[CONTENDS, CONTENDS, CONTENDS], true, true, 2);
}

#[test]
fn a_stale_lock_may_be_released_while_it_is_taken_over() {
    check(&[LATE, CONTENDS], true, true, 4);
    check(&[LATE, CONTENDS, CONTENDS], true, true, 2);
}

#[test]
fn who_dies_at_any_step_and_is_recovered_leaves_nothing() {
    check(&[CONTENDS.dying(3)], false, true, 0);
    check(&[LATE.dying(3)], true, true, 0);
    check(&[CONTENDS.dying(3), LATE], true, true, 0);
}

#[test]
fn a_recovery_takes_nothing_from_those_who_compete() {
    check(&[CONTENDS.dying(1), CONTENDS], false, true, 3);
    check(&[CONTENDS.dying(1), CONTENDS, CONTENDS], false, true, 1);
    check(&[CONTENDS.dying(1), CONTENDS], true, true, 2);
}

#[test]
fn two_that_die_are_recovered_side_by_side() {
    check(&[CONTENDS.dying(1), CONTENDS.dying(1)], false, true, 1);
    check(&[LATE.dying(1), CONTENDS.dying(1)], true, true, 1);
}

#[test]
fn who_dies_while_its_lock_is_taken_over_leaves_that_to_the_next() {
    check(&[LATE.dying(1), CONTENDS], true, true, 3);
    check(&[CONTENDS.dying(1), CONTENDS.taking(0)], false, true, 2);
    check(&[CONTENDS.dying(1), CONTENDS.taking(0), CONTENDS.taking(1)], false, true, 1);
}

#[test]
fn who_dies_while_it_takes_a_lock_over_leaves_it_to_whose_it_is() {
    check(&[LATE, CONTENDS.dying(1)], true, true, 3);
    check(&[CONTENDS, CONTENDS.taking(0).dying(2)], false, true, 1);
}

#[test]
fn without_links_a_recovery_leaves_what_may_be_anothers_and_names_it() {
    check(&[CONTENDS.dying(2)], false, false, 0);
    check(&[CONTENDS.dying(1), CONTENDS], false, false, 2);
    check(&[LATE.dying(1), CONTENDS.dying(1)], true, false, 1);
    check(&[CONTENDS.dying(1), CONTENDS.taking(0)], false, false, 2);
}
