//! Restoring a path.

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use ambit_plugin_files::{at, remove, set_modified};

use crate::content;
use crate::place::{Mark, Place};
use crate::save::{join, names};
use crate::saved::{Entry, Saved, is_absent};

/// Makes `path` what it was, and goes on past problems; each is in the answer.
#[must_use]
pub(crate) fn restore(path: &Path, saved: &Saved, place: Option<&Place>, mark: &Mark) -> Vec<io::Error> {
    let mut problems = prune(path, saved, mark);
    let Some(place) = place else { return problems };
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty())
        && let Err(error) = fs::create_dir_all(parent)
    {
        problems.push(at("make the directory", parent)(error));
        return problems;
    }
    for (inside, entry) in saved {
        let here = join(path, inside);
        let restored = match entry {
            Entry::Directory { .. } => directory(&here),
            Entry::File { length, modified } => {
                let original = original(place, inside, |now| matches!(now, Entry::File { .. }));
                let file = File { copy: place.copy(inside), original, length: *length, entry };
                let restored = file.restore(&here);
                date(&here, *modified);
                restored
            }
            Entry::Other { target } => {
                let original = original(place, inside, |now| matches!(now, Entry::Other { .. }));
                other(&here, original.as_deref(), target.as_deref())
            }
        };
        problems.extend(restored.map_err(at("restore", &here)).err());
    }
    // Last, and from the inside out: all of the above dates the directory that it is in.
    for (inside, entry) in saved.iter().rev() {
        if let Entry::Directory { modified } = entry {
            date(&join(path, inside), *modified);
        }
    }
    problems
}

/// Dates the path itself, once folders of ours that may lie in it are gone.
pub(crate) fn date_root(path: &Path, saved: &Saved) {
    if let Some(Entry::Directory { modified }) = saved.get(Path::new("")) {
        date(path, *modified);
    }
}

/// Removes what was not there, or was a directory and is none, or the other way round.
fn prune(path: &Path, saved: &Saved, mark: &Mark) -> Vec<io::Error> {
    let mut problems = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inside) = open.pop() {
        let here = join(path, &inside);
        let now = match fs::symlink_metadata(&here) {
            Ok(now) => now,
            Err(error) if is_absent(&error) => continue,
            Err(error) => {
                problems.push(at("look at", &here)(error));
                continue;
            }
        };
        match saved.get(&inside) {
            Some(Entry::Directory { .. }) if now.is_dir() => match names(&here, mark) {
                Ok(names) => open.extend(names.into_iter().map(|name| inside.join(name))),
                Err(error) => problems.push(at("list", &here)(error)),
            },
            Some(entry) if !entry.is_directory() && !now.is_dir() => {}
            _ => problems.extend(remove(&here)),
        }
    }
    problems
}

fn directory(here: &Path) -> io::Result<()> {
    match fs::create_dir(here) {
        Err(_) if fs::symlink_metadata(here).is_ok_and(|now| now.is_dir()) => Ok(()),
        made => made,
    }
}

/// The second name of an entry, if it is there and still what it was.
fn original(place: &Place, inside: &Path, is_kind: impl FnOnce(&Entry) -> bool) -> Option<PathBuf> {
    let original = place.original(inside)?;
    let now = Entry::of(&fs::symlink_metadata(&original).ok()?);
    is_kind(&now).then_some(original)
}

/// A file to restore.
struct File<'a> {
    copy: PathBuf,
    original: Option<PathBuf>,
    length: u64,
    entry: &'a Entry,
}

impl File<'_> {
    fn restore(&self, here: &Path) -> io::Result<()> {
        if fs::symlink_metadata(&self.copy).is_err() {
            return self.without_copy(here);
        }
        if let Some(original) = &self.original
            && make_same(&self.copy, original).is_ok()
        {
            // Atomic; and nothing happens if both are names of one file.
            return fs::rename(original, here);
        }
        if fs::symlink_metadata(here).is_ok_and(|now| now.is_file()) && make_same(&self.copy, here).is_ok() {
            return Ok(());
        }
        // What cannot be written to is replaced.
        fs::rename(&self.copy, here).or_else(|_| {
            remove(here).into_iter().next().map_or(Ok(()), Err)?;
            content::copy(&self.copy, here)
        })
    }

    /// The body removed the copy: the file itself will do, if it was not changed.
    fn without_copy(&self, here: &Path) -> io::Result<()> {
        let unchanged =
            |path: &Path| fs::symlink_metadata(path).is_ok_and(|now| Entry::of(&now) == *self.entry);
        let lost = |what: &str| {
            let lost = format!("its copy, of {} bytes, was removed while the body ran{what}", self.length);
            Err(io::Error::new(io::ErrorKind::NotFound, lost))
        };
        match &self.original {
            Some(original) => {
                let whole = unchanged(original);
                fs::rename(original, here)?;
                if whole { Ok(()) } else { lost(": it is back as the body left it") }
            }
            None if unchanged(here) => Ok(()),
            None => lost(""),
        }
    }
}

/// Gives `file` the content of `copy`, if it has another.
fn make_same(copy: &Path, file: &Path) -> io::Result<()> {
    if content::same(copy, file)? { Ok(()) } else { content::overwrite(copy, file) }
}

fn other(here: &Path, original: Option<&Path>, target: Option<&Path>) -> io::Result<()> {
    match (original, target) {
        (Some(original), _) => fs::rename(original, here),
        (None, Some(target)) if fs::read_link(here).is_ok_and(|now| now == target) => Ok(()),
        (None, Some(target)) => {
            remove(here).into_iter().next().map_or(Ok(()), Err)?;
            link(target, here)
        }
        (None, None) => {
            let lost = "its second name was removed while the body ran";
            Err(io::Error::new(io::ErrorKind::NotFound, lost))
        }
    }
}

#[expect(deprecated, reason = "it is what std has for WASI; the other is for directories of Windows")]
fn link(target: &Path, here: &Path) -> io::Result<()> {
    fs::soft_link(target, here)
}

/// A time that cannot be set is the only thing that is not restored then, and no reason to keep the copies.
fn date(here: &Path, modified: Option<SystemTime>) {
    let now = fs::symlink_metadata(here).and_then(|now| now.modified()).ok();
    if let Some(modified) = modified
        && now != Some(modified)
    {
        let _ = set_modified(here, modified);
    }
}
