//! All paths of a scope, from their saving to their restoring.

use std::path::{Path, PathBuf};
use std::{io, thread};

use ambit_guest::{Checkpoint, Result};
use ambit_plugin_files::as_one;

use crate::incomplete::Incomplete;
use crate::left::{Left, Looked, Phase};
use crate::manifest::Manifest;
use crate::place::{Mark, Place};
use crate::restore::restore;
use crate::save::save;
use crate::saved::Saved;

/// What the paths were. Dropped, they are restored: a scope that is given up has not completed.
#[derive(Debug)]
pub(crate) struct Snapshot {
    items: Vec<Item>,
    mark: Mark,
}

/// What one path was.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) looked: Looked,
    pub(crate) saved: Saved,
    /// None where nothing was to be saved.
    pub(crate) place: Option<Place>,
}

impl Snapshot {
    /// Saves the paths.
    ///
    /// # Errors
    /// One cannot be saved: then nothing is left of the others' copies. What is to be done cannot be left.
    pub(crate) fn take(paths: Vec<PathBuf>, checkpoint: &Checkpoint<Left>) -> Result<Self> {
        let looked = paths.iter().cloned().map(Looked::at).collect::<io::Result<Vec<_>>>()?;
        let left = Left { phase: Phase::Saving, mark: Mark::new(), paths: looked };
        checkpoint.leave(&left)?;
        let mut snapshot = Self::of(Vec::new(), left.mark.clone());
        let saved = left.paths.iter().enumerate().try_for_each(|(at, looked)| {
            snapshot.items.push(Item::take(looked.clone(), at + 1, &paths, &left.mark)?);
            Ok(())
        });
        // From here on, it is to be restored whatever happens: all that this needs is on the disk.
        match saved.and_then(|()| checkpoint.leave(&Left { phase: Phase::Saved, ..left })) {
            Ok(()) => Ok(snapshot),
            Err(error) => {
                let _ = snapshot.remove();
                Err(error)
            }
        }
    }

    /// One that was taken before.
    pub(crate) fn of(items: Vec<Item>, mark: Mark) -> Self {
        Self { items, mark }
    }

    /// Restores the paths, and removes the copies if that worked.
    pub(crate) fn restore(mut self) -> Result<(), Incomplete> {
        self.restore_once()
    }

    /// Removes the copies: the body has completed.
    ///
    /// # Errors
    /// They cannot be removed.
    pub(crate) fn discard(self, checkpoint: &Checkpoint<Left>) -> Result {
        let paths = self.items.iter().map(|item| item.looked.clone()).collect();
        // Where this is not kept, what was left before stands: lost right now, what the body did would be undone. So first of all the
        // manifests go.
        let _ = checkpoint.leave(&Left { phase: Phase::Discarding, mark: self.mark.clone(), paths });
        self.remove()
    }

    fn remove(mut self) -> Result {
        let items = std::mem::take(&mut self.items);
        for place in items.iter().filter_map(|item| item.place.as_ref()) {
            let _ = Manifest::remove(place.folders());
        }
        let problems: Vec<_> = items.iter().flat_map(Item::remove).collect();
        match problems.is_empty() {
            true => Ok(()),
            false => Err(as_one("rollback", "copies could not be removed", problems)),
        }
    }

    fn restore_once(&mut self) -> Result<(), Incomplete> {
        let mut incomplete = Incomplete::default();
        for item in self.items.drain(..).rev() {
            let problems = item.restore(&self.mark);
            if problems.is_empty() {
                incomplete.add(item.remove());
                item.looked.date();
            } else {
                incomplete.add(problems);
                item.place.iter().for_each(|place| incomplete.keep(place));
            }
        }
        incomplete.end()
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // A panic ends a component at once. In a test it unwinds, and stands for that.
        if !thread::panicking() {
            let _ = self.restore_once();
        }
    }
}

impl Item {
    fn take(looked: Looked, number: usize, all: &[PathBuf], mark: &Mark) -> Result<Self> {
        let Some(root) = &looked.root else {
            return Ok(Self { looked, saved: Saved::new(), place: None });
        };
        let place = Place::make(&looked.path, number, all, mark)?;
        let saved = save(&looked.path, &place, mark).map(|mut saved| {
            // As it was before a folder of ours was made in it.
            if root.is_directory() {
                saved.entry(PathBuf::new()).and_modify(|entry| entry.clone_from(root));
            }
            saved
        });
        let written =
            saved.and_then(|saved| Manifest { place: &place, saved: &saved }.write().map(|()| saved));
        match written {
            Ok(saved) => Ok(Self { looked, saved, place: Some(place) }),
            Err(error) => {
                let _ = place.remove();
                Err(error.into())
            }
        }
    }

    fn restore(&self, mark: &Mark) -> Vec<io::Error> {
        let path: &Path = &self.looked.path;
        match self.looked.way.check(path) {
            Ok(()) => restore(path, &self.saved, self.place.as_ref(), mark),
            Err(problem) => vec![problem],
        }
    }

    fn remove(&self) -> Vec<io::Error> {
        self.place.iter().flat_map(Place::remove).collect()
    }
}
