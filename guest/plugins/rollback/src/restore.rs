//! Restoring a path.

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use ambit_plugin_files::{at, remove, set_modified};

use crate::content;
use crate::disk;
use crate::place::{Mark, Place};
use crate::save::{join, names};
use crate::saved::{Entry, Saved, is_absent};

/// Makes `path` what it was, and goes on past problems; each is in the answer.
#[must_use]
pub(crate) fn restore(path: &Path, saved: &Saved, place: Option<&Place>, mark: &Mark) -> Vec<io::Error> {
    sweep(path, saved, mark);
    let mut problems = prune(path, saved, mark);
    let Some(place) = place else { return problems };
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty())
        && let Err(error) = disk::create_dir_all(parent)
    {
        problems.push(at("make the directory", parent)(error));
        return problems;
    }
    for (number, (inside, entry)) in saved.iter().enumerate() {
        let here = join(path, inside);
        let restored = match entry {
            Entry::Directory { .. } => directory(&here),
            Entry::File { length, modified } => {
                let original = original(place, inside, |now| matches!(now, Entry::File { .. }));
                let (copy, aside) = (place.copy(inside), place.aside(number));
                let file = File { copy, original, aside, length: *length, entry, mark };
                let restored = file.restore(&here);
                date(&here, *modified);
                restored
            }
            Entry::Other { target } => {
                let original = original(place, inside, |now| matches!(now, Entry::Other { .. }));
                other(&here, original.as_deref(), target.as_deref(), mark)
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
pub(crate) fn date_root(path: &Path, root: &Entry) {
    if let Entry::Directory { modified } = root {
        date(path, *modified);
    }
}

/// Removes what a restoring that was stopped put beside a file, and not in its place.
fn sweep(path: &Path, saved: &Saved, mark: &Mark) {
    let directories = saved.iter().filter(|(_, entry)| entry.is_directory());
    let inside = directories.map(|(inside, _)| mark.next_in(&join(path, inside)));
    for next in inside.chain([mark.next(path)]) {
        let _ = remove(&next);
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
                Ok((names, unnamed)) => {
                    problems.extend(unnamed.map(at("restore", &here)));
                    open.extend(names.into_iter().map(|name| inside.join(name)));
                }
                Err(error) => problems.push(at("list", &here)(error)),
            },
            Some(entry) if !entry.is_directory() && !now.is_dir() => {}
            _ => problems.extend(remove(&here)),
        }
    }
    problems
}

fn directory(here: &Path) -> io::Result<()> {
    match disk::create_dir(here) {
        Err(_) if fs::symlink_metadata(here).is_ok_and(|now| now.is_dir()) => Ok(()),
        made => made,
    }
}

/// Whether a file is there, and not a link to one.
fn is_file(here: &Path) -> bool {
    fs::symlink_metadata(here).is_ok_and(|now| now.is_file())
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
    aside: PathBuf,
    length: u64,
    entry: &'a Entry,
    mark: &'a Mark,
}

impl File<'_> {
    /// Whenever it is stopped, `here` is a whole file: as the body left it, or as it was.
    fn restore(&self, here: &Path) -> io::Result<()> {
        // One that is shorter was not on the disk yet when the machine lost its power.
        if !fs::symlink_metadata(&self.copy).is_ok_and(|copy| copy.len() == self.length) {
            return self.without_copy(here);
        }
        let Some(kept) = self.kept(here) else {
            return match self.replace(here) {
                // Where nothing can be put beside a file, it can only be written to.
                Err(_) if is_file(here) => content::overwrite(&self.copy, here),
                replaced => replaced,
            };
        };
        if !content::same(&self.copy, &kept).unwrap_or(false) {
            // The content first, and then the file that has to have it: while that is written to, `here` is another.
            let replaced = self.replace(here);
            if let Err(error) = content::overwrite(&self.copy, &kept) {
                // What cannot be written to stays replaced.
                return replaced.map_err(|_| error);
            }
        }
        // Atomic; and nothing happens if both are names of one file.
        disk::rename(&kept, here).or_else(|error| self.replace(here).map_err(|_| error))
    }

    /// A second name of the file that is to be at `here`, so that it is still this one: the original, or, if that is lost,
    /// whatever is there.
    fn kept(&self, here: &Path) -> Option<PathBuf> {
        if let Some(original) = &self.original {
            return Some(original.clone());
        }
        // It is there already if a restoring was stopped; what is at `here` may be the copy then.
        let is_kept = is_file(&self.aside) || is_file(here) && disk::hard_link(here, &self.aside).is_ok();
        is_kept.then(|| self.aside.clone())
    }

    /// Puts the copy at `here`, as another file.
    fn replace(&self, here: &Path) -> io::Result<()> {
        if is_file(here) && content::same(&self.copy, here).unwrap_or(false) {
            return Ok(());
        }
        let next = self.mark.next(here);
        let _ = remove(&next);
        // A second name of the copy costs nothing, and the copy stays.
        let put = disk::hard_link(&self.copy, &next)
            .or_else(|_| content::copy(&self.copy, &next).map(drop))
            .and_then(|()| disk::rename(&next, here));
        if put.is_err() {
            let _ = remove(&next);
        }
        put
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
                disk::rename(original, here)?;
                if whole { Ok(()) } else { lost(": it is back as the body left it") }
            }
            None if unchanged(here) => Ok(()),
            None => lost(""),
        }
    }
}

fn other(here: &Path, original: Option<&Path>, target: Option<&Path>, mark: &Mark) -> io::Result<()> {
    match (original, target) {
        (Some(original), _) => {
            // By a second one of its names, since nobody can tell that it is restored once this one is gone.
            let next = mark.next(here);
            let _ = remove(&next);
            let put = disk::hard_link(original, &next).and_then(|()| disk::rename(&next, here));
            // It is there still if both were names of one file.
            let _ = remove(&next);
            put
        }
        (None, Some(target)) if fs::read_link(here).is_ok_and(|now| now == target) => Ok(()),
        (None, Some(target)) => {
            let next = mark.next(here);
            let _ = remove(&next);
            disk::soft_link(target, &next).and_then(|()| disk::rename(&next, here))
        }
        (None, None) => {
            let lost = "its second name was removed while the body ran";
            Err(io::Error::new(io::ErrorKind::NotFound, lost))
        }
    }
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_file_that_can_have_no_second_name_is_replaced_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let [copy, here] = ["copy", "here"].map(|name| folder.path().join(name));
        fs::write(&copy, "old").unwrap();
        fs::write(&here, "newer").unwrap();
        let (entry, mark) = (Entry::of(&fs::metadata(&copy).unwrap()), Mark::new());
        let aside = folder.path().join("nowhere/aside");
        let file = File { copy, original: None, aside, length: 3, entry: &entry, mark: &mark };
        let ino = || fs::metadata(&here).unwrap().ino();
        let before = ino();
        file.restore(&here).unwrap();
        assert_ne!(ino(), before, "it is never written to");
        assert_eq!(fs::read_to_string(&here).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
