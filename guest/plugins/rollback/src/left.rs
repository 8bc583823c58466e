//! What a rollback leaves for its recovery: [`Left`].

use std::path::PathBuf;
use std::{fs, io};

use ambit_guest::Result;
use ambit_guest::grants::require;
use ambit_plugin_files::{as_one, at, parent};
use serde::{Deserialize, Serialize};

use crate::manifest::Manifest;
use crate::place::{Mark, Place, folders, remove_all};
use crate::restore::date_root;
use crate::saved::{Entry, Saved, is_absent};
use crate::snapshot::{Item, Snapshot};
use crate::way::Way;

/// How far a scope has come, and with what: never what is in the paths, which stands in their folders.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Left {
    pub(crate) phase: Phase,
    pub(crate) mark: Mark,
    pub(crate) paths: Vec<Looked>,
}

/// How far a scope has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// Folders are made and filled: they are to be removed.
    Saving,
    /// The body runs, or has failed: what was saved is to be restored.
    Saved,
    /// The body has completed: the folders are to be removed.
    Discarding,
}

/// A path as it was before anything was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Looked {
    pub(crate) path: PathBuf,
    pub(crate) way: Way,
    /// What was there: none, if nothing was. Of nothing there are no copies.
    pub(crate) root: Option<Entry>,
}

impl Looked {
    pub(crate) fn at(path: PathBuf) -> io::Result<Self> {
        let way = Way::to(&path);
        let root = match fs::symlink_metadata(&path) {
            Err(error) if is_absent(&error) => None,
            root => Some(Entry::of(&root.map_err(at("look at", &path))?)),
        };
        Ok(Self { path, way, root })
    }

    /// What is to be restored, and from where; none, if that is done.
    fn saved(&self, folders: &[PathBuf]) -> io::Result<Option<(Saved, Option<Place>)>> {
        if self.root.is_none() {
            return Ok(Some((Saved::new(), None)));
        }
        for folder in folders {
            if let Some(Manifest { place, saved }) = Manifest::read(folder)? {
                return Ok(Some((saved, Some(place))));
            }
        }
        Ok(None)
    }

    /// Whether the path is what it was, as far as a look at it tells.
    fn is_restored(&self) -> bool {
        let now = fs::symlink_metadata(&self.path).ok();
        now.as_ref().map(Entry::of) == self.root
    }

    /// Dates the path, if it was a directory and is there still: a folder of ours was made in it, or removed.
    pub(crate) fn date(&self) {
        if let (Some(root), Ok(())) = (&self.root, self.way.check(&self.path)) {
            date_root(&self.path, root);
        }
    }
}

/// Restores the paths of a lost scope unless its body had completed, and removes what is left of its copies.
///
/// # Errors
/// What could not be restored, or not be removed. A path is in no directory that was granted.
pub(crate) fn recover(left: Left) -> Result {
    let Left { phase, mark, paths: all } = left;
    let paths: Vec<_> = all.iter().map(|looked| looked.path.clone()).collect();
    for path in &paths {
        // Of what is not granted WASI says that it is not there, which would pass for restored.
        require(path, &parent(path))?;
    }
    let (mut items, mut problems) = (Vec::new(), Vec::new());
    for (number, looked) in all.into_iter().enumerate() {
        let folders = match looked.root {
            Some(_) => folders(&looked.path, number + 1, &paths, &mark)?,
            None => Vec::new(),
        };
        let saved = if phase == Phase::Saved { looked.saved(&folders)? } else { None };
        if let Some((saved, place)) = saved {
            items.push(Item { looked, saved, place });
            continue;
        }
        problems.extend(remove_all(folders.iter().map(PathBuf::as_path)));
        if phase != Phase::Discarding {
            looked.date();
        }
        // Without copies it was restored before, or somebody removed them.
        if phase == Phase::Saved && !looked.is_restored() {
            let gone = io::Error::new(io::ErrorKind::NotFound, "its copies were removed");
            problems.push(at("restore", &looked.path)(gone));
        }
    }
    Snapshot::of(items, mark).restore()?;
    match problems.is_empty() {
        true => Ok(()),
        false => Err(as_one("rollback", "not all could be restored and removed", problems)),
    }
}
