//! Saving a path.

use std::path::{Path, PathBuf};
use std::{fs, io};

use ambit_plugin_files::{at, list};

use crate::content;
use crate::disk;
use crate::place::{Mark, Place};
use crate::saved::{Entry, Saved, is_absent};

/// Saves what is at `path`, with all that is in it. What vanishes meanwhile was not there.
///
/// # Errors
/// Something can be neither copied nor linked.
pub(crate) fn save(path: &Path, place: &Place, mark: &Mark) -> io::Result<Saved> {
    let mut saved = Saved::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inside) = open.pop() {
        let here = join(path, &inside);
        let found = entry(&here, &inside, place).and_then(|entry| {
            if !entry.is_directory() {
                return Ok((entry, Vec::new()));
            }
            let (names, unnamed) = names(&here, mark)?;
            unnamed.map_or(Ok((entry, names)), Err)
        });
        match found {
            Ok((entry, names)) => {
                open.extend(names.into_iter().map(|name| inside.join(name)));
                saved.insert(inside, entry);
            }
            Err(_) if fs::symlink_metadata(&here).is_err_and(|error| is_absent(&error)) => {}
            Err(error) => return Err(at("save", &here)(error)),
        }
    }
    Ok(saved)
}

/// `inside` of `path`, which is the path itself where that is empty.
pub(crate) fn join(path: &Path, inside: &Path) -> PathBuf {
    if inside.as_os_str().is_empty() { path.to_owned() } else { path.join(inside) }
}

/// What is in a directory, apart from folders of ours; and what is wrong if not all of it can be named.
pub(crate) fn names(directory: &Path, mark: &Mark) -> io::Result<(Vec<PathBuf>, Option<io::Error>)> {
    let listing = list(directory)?;
    let unnamed = listing.problem();
    let names = listing.names.into_iter().map(PathBuf::from).filter(|name| !mark.is_on(name));
    Ok((names.collect(), unnamed))
}

fn entry(here: &Path, inside: &Path, place: &Place) -> io::Result<Entry> {
    let entry = Entry::of(&fs::symlink_metadata(here)?);
    let (copy, original) = (place.copy(inside), place.original(inside));
    match entry {
        Entry::Directory { .. } => {
            disk::create_dir(&copy)?;
            original.map_or(Ok(()), |original| disk::create_dir(&original))?;
            Ok(entry)
        }
        Entry::File { modified, .. } => {
            let length = content::copy(here, &copy)?;
            // One that cannot have a second name, as somebody else's file may not, is restored by its content.
            let _ = original.map(|original| disk::hard_link(here, &original));
            Ok(Entry::File { modified, length })
        }
        Entry::Other { .. } => {
            let linked = original.is_some_and(|original| disk::hard_link(here, &original).is_ok());
            match fs::read_link(here) {
                Ok(target) => Ok(Entry::Other { target: Some(target) }),
                // WASI does not tell the target of a link that leads out of what is granted.
                Err(_) if linked => Ok(Entry::Other { target: None }),
                Err(error) => Err(error),
            }
        }
    }
}
