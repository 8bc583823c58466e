//! The world of the interleavings: a folder in memory, and processes that wait for their turn ahead of each operation on it.

use std::collections::BTreeMap;
use std::io;
use std::panic::resume_unwind;
use std::sync::{Condvar, Mutex, MutexGuard};

use crate::folder::{Folder, Found};
use crate::record::{Record, State};

#[derive(Default)]
pub(super) struct World {
    pub(super) files: BTreeMap<String, String>,
    /// Whose turn it is; none while that is to be chosen.
    pub(super) turn: Option<usize>,
    /// Whether it dies in place of its step.
    pub(super) dies: bool,
    pub(super) waiting: Vec<Waiting>,
    /// How often each may die yet.
    pub(super) lives: Vec<usize>,
    /// How many hold the lock.
    pub(super) inside: usize,
    /// What recoveries could not tell whose it is.
    pub(super) left: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Waiting {
    #[default]
    Running,
    Ready,
    /// It has nothing to do unless another gets on.
    Paused,
    Ended,
}

#[derive(Default)]
pub(super) struct Model {
    pub(super) world: Mutex<World>,
    pub(super) changed: Condvar,
}

/// What unwinds a process that dies.
pub(super) struct Died;

/// A process's view of the folder.
#[derive(Clone, Copy)]
pub(super) struct Process<'a> {
    pub(super) model: &'a Model,
    pub(super) id: usize,
    pub(super) links: bool,
    pub(super) role: Role,
}

impl Process<'_> {
    /// Waits for the turn.
    pub(super) fn step(&self, as_what: Waiting) -> MutexGuard<'_, World> {
        let mut world = self.model.world.lock().unwrap();
        world.waiting[self.id] = as_what;
        world.turn = None;
        self.model.changed.notify_all();
        let mut world = self.model.changed.wait_while(world, |world| world.turn != Some(self.id)).unwrap();
        world.waiting[self.id] = Waiting::Running;
        if std::mem::take(&mut world.dies) {
            drop(world);
            resume_unwind(Box::new(Died));
        }
        world
    }

    pub(super) fn token(&self) -> String {
        if self.role.is_stale { STALE.to_owned() } else { format!("process{}", self.id) }
    }

    /// Whether it may take the lock of that record.
    pub(super) fn takes(&self, held: &Record) -> bool {
        held.token == STALE || self.role.takes.is_some_and(|id| held.token == format!("process{id}"))
    }

    /// What is removed is one's own, or means nothing any more.
    fn may_remove(&self, world: &World, name: &str) {
        let token_in = |name: &str| match State::read(world.files.get(name).map_or("", String::as_str)) {
            State::Held(record) => Some(record.token),
            _ => None,
        };
        let own = self.token();
        let claimed = name.strip_prefix(".deploy.").and_then(|rest| rest.strip_suffix(".claim"));
        match claimed {
            _ if !world.files.contains_key(name) || token_in(name).as_ref() == Some(&own) => {}
            Some(claimed) if token_in(NAME).as_deref() != Some(claimed) => {}
            _ => assert_eq!(name, format!(".deploy.{own}"), "process {} removes what is another's", self.id),
        }
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
        let mut world = self.step(Waiting::Ready);
        // A claim that means nothing may be gone: then this is written to no file.
        if let Some(file) = world.files.get_mut(name) {
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
        if let Some(State::Held(held)) = world.files.get(other).map(|text| State::read(text)) {
            assert!(self.takes(&held), "process {} replaces the lock of {}", self.id, held.token);
        }
        match world.files.remove(name) {
            Some(text) => {
                world.files.insert(other.to_owned(), text);
                Ok(())
            }
            None => kind(io::ErrorKind::NotFound),
        }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut world = self.step(Waiting::Ready);
        self.may_remove(&world, name);
        match world.files.remove(name) {
            Some(_) => Ok(()),
            None => kind(io::ErrorKind::NotFound),
        }
    }
}

pub(super) const NAME: &str = "deploy";

pub(super) fn record(token: &str) -> Record {
    Record::new("", token.to_owned(), 0)
}

/// Who was stale from the beginning.
pub(super) const STALE: &str = "stale";

/// What a process does.
#[derive(Clone, Copy, Default)]
pub(super) struct Role {
    /// Holds the stale lock, and releases it all the same. The others take the lock if it is free or stale, and release it.
    pub(super) is_stale: bool,
    /// Takes the lock of that process for stale, too: then two may hold it.
    pub(super) takes: Option<usize>,
    /// How often it dies. It is recovered then.
    pub(super) deaths: usize,
}

impl Role {
    pub(super) const fn dying(self, deaths: usize) -> Self {
        Self { deaths, ..self }
    }

    pub(super) const fn taking(self, id: usize) -> Self {
        Self { takes: Some(id), ..self }
    }
}
