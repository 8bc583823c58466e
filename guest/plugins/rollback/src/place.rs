//! Where the copies of a path are kept while the body runs.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use ambit_guest::grants::{contains, granted};
use ambit_guest::{Error, Result, kinds};
use ambit_plugin_files::{at, fresh, parent, remove};
use serde::{Deserialize, Serialize};

use crate::disk;
use crate::manifest::Manifest;

/// What the names of the folders of one snapshot have in common: none of them is ever saved, restored or removed as a part
/// of a path.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Mark(String);

impl Mark {
    pub(crate) fn new() -> Self {
        Self(format!(".ambit-rollback-{}-", fresh()))
    }

    pub(crate) fn is_on(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| name.to_string_lossy().contains(&self.0))
    }

    /// A name beside `path`, for what is to take its place at once.
    pub(crate) fn next(&self, path: &Path) -> PathBuf {
        path.with_file_name(self.next_name())
    }

    /// The same for whatever lies in `directory`.
    pub(crate) fn next_in(&self, directory: &Path) -> PathBuf {
        directory.join(self.next_name())
    }

    fn next_name(&self) -> String {
        format!("{}next", self.0)
    }
}

/// The folders for one path.
///
/// The copies lie beside the path, so that whoever may not look into its directory cannot look into them. The originals, which
/// keep their own modes, lie as far out as may be written to, so that a body that removes the path's directory does not
/// remove them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    copies: PathBuf,
    /// None where the file system has no hard links.
    originals: Option<PathBuf>,
    name: PathBuf,
}

impl Place {
    /// Makes the folders for the path of that number. `saved` are all paths of the snapshot: no folder lies in one of them.
    pub(crate) fn make(path: &Path, number: usize, saved: &[PathBuf], mark: &Mark) -> Result<Self> {
        let (copies, originals) = choices(path, number, saved, mark)?;
        disk::create_dir(&copies).map_err(at("make a folder for copies in", &parent(&copies)))?;
        let mut place = Self { copies, originals: None, name: name(path).into() };
        match place.furnish(path, originals.into_iter()) {
            Ok(()) => Ok(place),
            Err(error) => {
                let _ = place.remove();
                Err(error.into())
            }
        }
    }

    fn furnish(&mut self, path: &Path, mut folders: impl Iterator<Item = PathBuf>) -> io::Result<()> {
        let text = text(path);
        describe(&self.copies, &text)?;
        disk::create_dir(&self.copies.join(COPIES)).map_err(at("make a folder in", &self.copies))?;
        self.originals = folders.find(|folder| {
            // A file of the file system that the path is in.
            let near = if contains(path, folder) { folder } else { &self.copies };
            if *folder == self.copies {
                return links(near, folder).is_ok();
            }
            let made = disk::create_dir(folder).is_ok();
            let linked = made && describe(folder, &text).and_then(|()| links(near, folder)).is_ok();
            if made && !linked {
                let _ = remove(folder);
            }
            linked
        });
        Ok(())
    }

    /// Where the copy of `inside` is, a path relative to the saved one.
    pub(crate) fn copy(&self, inside: &Path) -> PathBuf {
        join(self.copies.join(COPIES).join(&self.name), inside)
    }

    /// Where the second name of `inside` is, if there can be one.
    pub(crate) fn original(&self, inside: &Path) -> Option<PathBuf> {
        Some(join(self.originals.as_ref()?.join(ORIGINALS).join(&self.name), inside))
    }

    /// A second name for the file of that number, which is to keep one while something else bears its own.
    pub(crate) fn aside(&self, number: usize) -> PathBuf {
        self.copies.join(format!("aside-{number}"))
    }

    /// The folders, for whoever has to look into them.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> + Clone {
        let originals = self.originals.as_deref().filter(|folder| *folder != self.copies);
        std::iter::once(self.copies.as_path()).chain(originals)
    }

    /// Removes the folders.
    #[must_use]
    pub(crate) fn remove(&self) -> Vec<io::Error> {
        remove_all(self.folders())
    }
}

/// All folders that [`Place::make`] may have made for a path.
///
/// # Errors
/// As those of [`Place::make`]: there is no place for copies.
pub(crate) fn folders(path: &Path, number: usize, saved: &[PathBuf], mark: &Mark) -> Result<Vec<PathBuf>> {
    let (copies, mut folders) = choices(path, number, saved, mark)?;
    folders.retain(|folder| *folder != copies);
    folders.insert(0, copies);
    Ok(folders)
}

/// Removes folders of a path. Ahead of anything else goes what says that there is something to restore.
#[must_use]
pub(crate) fn remove_all<'a>(folders: impl Iterator<Item = &'a Path> + Clone) -> Vec<io::Error> {
    match Manifest::remove(folders.clone()) {
        Ok(()) => folders.flat_map(remove).collect(),
        Err(problem) => vec![problem],
    }
}

/// The folder for the copies, and those that may be for the originals.
fn choices(path: &Path, number: usize, saved: &[PathBuf], mark: &Mark) -> Result<(PathBuf, Vec<PathBuf>)> {
    let folder = format!(".{}{}{number}", name(path).to_string_lossy(), mark.0);
    let beside = beside(path, saved, &granted())?;
    let around = match path.file_name() {
        Some(_) if beside == parent(path) => outward(&beside, saved, &granted()),
        // The copies lie elsewhere, and a link may not lead there. The mark keeps this folder out of what is saved.
        _ => vec![path.to_owned()],
    };
    Ok((beside.join(&folder), around.iter().map(|around| around.join(&folder)).collect()))
}

fn name(path: &Path) -> &OsStr {
    path.file_name().unwrap_or("directory".as_ref())
}

const README: &str = "README.txt";
const COPIES: &str = "copies";
const ORIGINALS: &str = "originals";

fn text(path: &Path) -> String {
    format!(
        "Made by the manager `rollback` of ambit, for the time that a command runs: what is needed to restore\n\
         \n    {}\n\n\
         If that command does not run any more, it was killed, or the time for restoring was over. `ambit recover` restores\n\
         it then. By hand: `{COPIES}` has the contents as they were, and `{ORIGINALS}`, here or in a folder of this name further up, the files themselves under a\n\
         second name; what the command wrote into a file, it wrote into that too. Copy back what you need, and remove these\n\
         folders.\n",
        path.display()
    )
}

/// Says in a folder what it is for.
fn describe(folder: &Path, text: &str) -> io::Result<()> {
    let readme = folder.join(README);
    disk::create_new(&readme)
        .and_then(|mut file| disk::write_all(&mut file, text.as_bytes()))
        .map_err(at("write", &readme))
}

/// Makes a folder for links in `folder`, if a file of `near` can have a second name there.
fn links(near: &Path, folder: &Path) -> io::Result<()> {
    let second = folder.join("link");
    disk::hard_link(&near.join(README), &second)?;
    disk::remove_file(&second)?;
    disk::create_dir(&folder.join(ORIGINALS))
}

/// Without the slash at the end that joining an empty path makes.
fn join(root: PathBuf, inside: &Path) -> PathBuf {
    if inside.as_os_str().is_empty() { root } else { root.join(inside) }
}

/// The directory for the copies: that around the path, or `/tmp` where the path is granted itself and nothing around it.
fn beside(path: &Path, saved: &[PathBuf], granted: &[PathBuf]) -> Result<PathBuf> {
    let around = path.file_name().map(|_| parent(path));
    let tmp = Path::new("/tmp");
    let mut places = around.into_iter().chain([tmp.to_owned()]);
    places.find(|place| is_granted(place, granted) && !lies_in(place, saved)).ok_or_else(|| {
        let wanted = if lies_in(tmp, saved) { parent(path) } else { tmp.to_owned() };
        let kinds = kinds::detailed(kinds::NOT_GRANTED, format_args!("dir:{}", wanted.display()));
        let message = format!(
            "`{}` is granted, but nothing around it: there is no place for its copies, such as `/tmp`",
            path.display()
        );
        Error::new(kinds, message)
    })
}

/// The directories around `place`, itself included, from the outermost on.
fn outward(place: &Path, saved: &[PathBuf], granted: &[PathBuf]) -> Vec<PathBuf> {
    let above =
        place.ancestors().map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above });
    let mut places: Vec<_> = above
        .filter(|above| is_granted(above, granted) && !lies_in(above, saved))
        .map(Path::to_owned)
        .collect();
    places.dedup();
    places.reverse();
    places
}

fn is_granted(path: &Path, granted: &[PathBuf]) -> bool {
    granted.iter().any(|grant| contains(grant, path))
}

fn lies_in(path: &Path, saved: &[PathBuf]) -> bool {
    saved.iter().any(|saved| contains(saved, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(paths: &[&str]) -> Vec<PathBuf> {
        paths.iter().map(PathBuf::from).collect()
    }

    #[track_caller]
    fn check_beside(path: &str, granted: &[&str], expected: &str) {
        let found = beside(Path::new(path), &paths(&[path]), &paths(granted)).unwrap();
        assert_eq!(found, Path::new(expected));
    }

    #[test]
    fn copies_lie_beside_the_path() {
        check_beside("a", &["."], ".");
        check_beside("a/b", &["."], "a");
        check_beside("/work/a", &["/work", "/tmp"], "/work");
    }

    #[test]
    fn copies_of_a_granted_directory_lie_in_tmp() {
        check_beside(".", &[".", "/tmp"], "/tmp");
        check_beside("/work", &["/work", "/tmp"], "/tmp");
    }

    #[test]
    fn a_place_that_is_missing_is_named() {
        for (path, wanted) in [(".", "/tmp"), ("/work", "/tmp"), ("/tmp", "/")] {
            let error = beside(Path::new(path), &paths(&[path]), &paths(&[path])).unwrap_err();
            assert_eq!(error.detail("not-granted"), Some(format!("dir:{wanted}").as_str()));
        }
    }

    #[track_caller]
    fn check_outward(place: &str, saved: &[&str], granted: &[&str], expected: &[&str]) {
        assert_eq!(outward(Path::new(place), &paths(saved), &paths(granted)), paths(expected));
    }

    #[test]
    fn originals_lie_as_far_out_as_is_granted() {
        check_outward("/work/a/b", &["/work/a/b/c"], &["/work"], &["/work", "/work/a", "/work/a/b"]);
        check_outward("a/b", &["a/b/c"], &["."], &[".", "a", "a/b"]);
        check_outward(".", &["a"], &["."], &["."]);
    }

    #[test]
    fn originals_lie_in_nothing_that_is_saved() {
        check_outward("/tmp", &["/work"], &["/work", "/tmp"], &["/tmp"]);
        check_outward("/tmp", &["/"], &["/"], &[]);
    }
}
