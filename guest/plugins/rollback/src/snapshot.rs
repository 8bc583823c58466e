//! All paths of a scope, from their saving to their restoring.

use std::path::PathBuf;
use std::{fmt, fs, io};

use ambit_guest::{Error, Result};
use ambit_plugin_files::{as_one, at, group};

use crate::place::{Mark, Place};
use crate::restore::{date_root, restore};
use crate::save::save;
use crate::saved::{Entry, Saved, is_absent};
use crate::way::Way;

/// What the paths were. Dropped, they are restored: a scope that is given up has not completed.
#[derive(Debug)]
pub(crate) struct Snapshot {
    items: Vec<Item>,
    mark: Mark,
}

#[derive(Debug)]
struct Item {
    path: PathBuf,
    way: Way,
    saved: Saved,
    /// None where nothing was to be saved.
    place: Option<Place>,
}

/// What could not be restored, and where the copies are.
#[derive(Debug)]
pub(crate) struct Incomplete {
    problems: Vec<io::Error>,
    copies: Vec<PathBuf>,
}

impl Snapshot {
    /// Saves the paths.
    ///
    /// # Errors
    /// One cannot be saved: then nothing is left of the others' copies.
    pub(crate) fn take(paths: Vec<PathBuf>) -> Result<Self> {
        let mut snapshot = Self { items: Vec::new(), mark: Mark::new() };
        for (at, path) in paths.iter().enumerate() {
            match Item::take(path.clone(), at + 1, &paths, &snapshot.mark) {
                Ok(item) => snapshot.items.push(item),
                Err(error) => {
                    let _ = snapshot.discard();
                    return Err(error);
                }
            }
        }
        Ok(snapshot)
    }

    /// Restores the paths, and removes the copies if that worked.
    pub(crate) fn restore(mut self) -> Result<(), Incomplete> {
        self.restore_once()
    }

    /// Removes the copies.
    ///
    /// # Errors
    /// They cannot be removed.
    pub(crate) fn discard(mut self) -> Result {
        let problems: Vec<_> = self.items.drain(..).flat_map(|item| item.discard()).collect();
        match problems.is_empty() {
            true => Ok(()),
            false => Err(as_one("rollback", "copies could not be removed", problems)),
        }
    }

    fn restore_once(&mut self) -> Result<(), Incomplete> {
        let mut incomplete = Incomplete { problems: Vec::new(), copies: Vec::new() };
        for item in self.items.drain(..).rev() {
            let problems = match item.way.check(&item.path) {
                Ok(()) => restore(&item.path, &item.saved, item.place.as_ref(), &self.mark),
                Err(problem) => vec![problem],
            };
            if problems.is_empty() {
                incomplete.problems.extend(item.discard());
                date_root(&item.path, &item.saved);
            } else {
                incomplete.problems.extend(problems);
                let folders = item.place.iter().flat_map(Place::folders).filter(|folder| folder.is_dir());
                incomplete.copies.extend(folders.map(|folder| folder.components().collect::<PathBuf>()));
            }
        }
        if incomplete.problems.is_empty() { Ok(()) } else { Err(incomplete) }
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        let _ = self.restore_once();
    }
}

impl Item {
    fn take(path: PathBuf, number: usize, all: &[PathBuf], mark: &Mark) -> Result<Self> {
        let way = Way::to(&path);
        let root = match fs::symlink_metadata(&path) {
            Err(error) if is_absent(&error) => {
                return Ok(Self { path, way, saved: Saved::new(), place: None });
            }
            root => Entry::of(&root.map_err(at("look at", &path))?),
        };
        let place = Place::make(&path, number, all, mark)?;
        match save(&path, &place, mark) {
            Ok(mut saved) => {
                // As it was before a folder of ours was made in it.
                if root.is_directory() {
                    saved.entry(PathBuf::new()).and_modify(|entry| *entry = root);
                }
                Ok(Self { path, way, saved, place: Some(place) })
            }
            Err(error) => {
                let _ = place.remove();
                Err(error.into())
            }
        }
    }

    fn discard(&self) -> Vec<io::Error> {
        self.place.iter().flat_map(Place::remove).collect()
    }
}

/// All in one text, for a note.
impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MESSAGE)?;
        for problem in self.problems.iter().take(LINES) {
            write!(f, "\n{problem}")?;
        }
        if self.problems.len() > LINES {
            write!(f, "\nand {} more", self.problems.len() - LINES)?;
        }
        self.copies.iter().try_for_each(|copies| write!(f, "\nthe copies are kept: {}", copies.display()))
    }
}

impl From<Incomplete> for Error {
    fn from(incomplete: Incomplete) -> Self {
        let Incomplete { problems, copies } = incomplete;
        let error = group("rollback", MESSAGE, problems);
        copies
            .iter()
            .fold(error, |error, copies| error.note(format!("the copies are kept: {}", copies.display())))
    }
}

const MESSAGE: &str = "not all could be restored";
const LINES: usize = 10;
