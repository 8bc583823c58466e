//! The protocol under every interleaving of its steps, up to a number of switches that nothing forces.
//!
//! Each process is a thread that waits for its turn ahead of each operation on a folder in memory. A run is a list of
//! choices of whose turn it is; the next run changes the last choice that can be changed.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard};

use crate::folder::{Folder, Found};
use crate::protocol::{Attempt, Lock, Release};
use crate::record::Record;

#[derive(Default)]
struct World {
    files: BTreeMap<String, String>,
    /// Whose turn it is; none while that is to be chosen.
    turn: Option<usize>,
    waiting: Vec<Waiting>,
    /// How many hold the lock.
    inside: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Waiting {
    #[default]
    Running,
    Ready,
    /// It has nothing to do unless another gets on.
    Paused,
    Ended,
}

#[derive(Default)]
struct Model {
    world: Mutex<World>,
    changed: Condvar,
}

/// A process's view of the folder.
struct Process<'a> {
    model: &'a Model,
    id: usize,
    links: bool,
}

impl Process<'_> {
    /// Waits for the turn.
    fn step(&self, as_what: Waiting) -> MutexGuard<'_, World> {
        let mut world = self.model.world.lock().unwrap();
        world.waiting[self.id] = as_what;
        world.turn = None;
        self.model.changed.notify_all();
        let mut world = self.model.changed.wait_while(world, |world| world.turn != Some(self.id)).unwrap();
        world.waiting[self.id] = Waiting::Running;
        world
    }
}

fn kind<T>(kind: io::ErrorKind) -> io::Result<T> {
    Err(kind.into())
}

impl Folder for Process<'_> {
    fn read(&self, name: &str) -> io::Result<Found> {
        Ok(self.step(Waiting::Ready).files.get(name).cloned().map_or(Found::Nothing, Found::Text))
    }

    fn create(&self, name: &str, text: &str) -> io::Result<()> {
        let mut world = self.step(Waiting::Ready);
        if world.files.contains_key(name) {
            return kind(io::ErrorKind::AlreadyExists);
        }
        world.files.insert(name.to_owned(), String::new());
        drop(world);
        if !text.is_empty() {
            let mut world = self.step(Waiting::Ready);
            let file = world.files.get_mut(name).expect("nobody else removes it");
            text.clone_into(file);
        }
        Ok(())
    }

    fn link(&self, name: &str, second: &str) -> io::Result<()> {
        let mut world = self.step(Waiting::Ready);
        match world.files.get(name).cloned() {
            _ if !self.links => kind(io::ErrorKind::Unsupported),
            _ if world.files.contains_key(second) => kind(io::ErrorKind::AlreadyExists),
            Some(text) => {
                world.files.insert(second.to_owned(), text);
                Ok(())
            }
            None => kind(io::ErrorKind::NotFound),
        }
    }

    fn rename(&self, name: &str, other: &str) -> io::Result<()> {
        let mut world = self.step(Waiting::Ready);
        match world.files.remove(name) {
            Some(text) => {
                world.files.insert(other.to_owned(), text);
                Ok(())
            }
            None => kind(io::ErrorKind::NotFound),
        }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match self.step(Waiting::Ready).files.remove(name) {
            Some(_) => Ok(()),
            None => kind(io::ErrorKind::NotFound),
        }
    }
}

const NAME: &str = "deploy";

fn record(token: &str) -> Record {
    Record::new("", token.to_owned(), 0)
}

/// Who was stale from the beginning.
const STALE: &str = "stale";

/// Takes the lock if it is free or stale, and releases it.
fn contend(process: Process<'_>) {
    let own = record(&format!("process{}", process.id));
    let lock = Lock { folder: process, name: NAME.to_owned() };
    let Attempt::Taken { .. } = lock.attempt(&own, |held| held.token == STALE).unwrap() else { return };
    let mut world = lock.folder.step(Waiting::Ready);
    world.inside += 1;
    assert_eq!(world.inside, 1, "two hold the lock");
    drop(world);
    lock.folder.step(Waiting::Ready).inside -= 1;
    assert_eq!(lock.release(&own, || unreachable!("nobody else claims it")).unwrap(), Release::Released);
}

/// Was stale, and releases the lock all the same.
fn late(process: Process<'_>) {
    let lock = Lock { folder: process, name: NAME.to_owned() };
    let ended = lock.release(&record(STALE), || {
        drop(lock.folder.step(Waiting::Paused));
        true
    });
    assert!(!matches!(ended.unwrap(), Release::Stuck { .. }));
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
        if choices.len() == at {
            choices.push(Choice { taken: 0, of: options.len() });
        }
        let next = options[choices[at].taken];
        switches -= usize::from(next != current && options[0] == current);
        current = next;
        at += 1;
        world.turn = Some(current);
        model.changed.notify_all();
    }
}

fn with(world: &World, what: Waiting) -> Vec<usize> {
    (0..world.waiting.len()).filter(|id| world.waiting[*id] == what).collect()
}

/// Plays all runs. `stale` says whether the lock is held by a stale record at first.
#[track_caller]
fn check(processes: &[fn(Process<'_>)], stale: bool, links: bool, switches: usize) {
    let mut choices: Vec<Choice> = Vec::new();
    let mut runs = 0;
    loop {
        let model = Model::default();
        {
            let mut world = model.world.lock().unwrap();
            world.waiting = vec![Waiting::Running; processes.len()];
            if stale {
                world.files.insert(NAME.to_owned(), record(STALE).text());
            }
        }
        std::thread::scope(|scope| {
            for (id, process) in processes.iter().enumerate() {
                let model = &model;
                scope.spawn(move || {
                    let _ended = Ended(model, id);
                    process(Process { model, id, links });
                });
            }
            play(&model, &mut choices, switches);
        });
        let files = &model.world.lock().unwrap().files;
        assert!(files.is_empty(), "left behind: {files:?}");
        runs += 1;
        while choices.last().is_some_and(|choice| choice.taken + 1 == choice.of) {
            choices.pop();
        }
        match choices.last_mut() {
            Some(choice) => choice.taken += 1,
            None => break,
        }
    }
    assert!(runs > 10 * processes.len(), "only {runs} runs: the processes did not meet");
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
    check(&[contend, contend], false, true, 4);
    check(&[contend, contend, contend], false, true, 2);
}

#[test]
fn a_free_lock_is_taken_by_one_alone_where_there_are_no_links() {
    check(&[contend, contend], false, false, 4);
    check(&[contend, contend, contend], false, false, 2);
}

#[test]
fn a_stale_lock_is_taken_over_by_one_alone() {
    check(&[contend, contend], true, true, 4);
    check(&[contend, contend, contend], true, true, 2);
}

#[test]
fn a_stale_lock_may_be_released_while_it_is_taken_over() {
    check(&[late, contend], true, true, 4);
    check(&[late, contend, contend], true, true, 2);
}
