//! Removing whatever bears a name.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::at;

/// Removes what bears the name `path`: a file, a link, or a directory with all that is in it. What is not there, or
/// vanishes meanwhile, is no problem.
///
/// A symbolic link is removed, and never followed. A file goes although it is read-only; what is in a read-only *directory*
/// does not, since WASI cannot change modes. One problem does not keep the rest from being removed; each is in the answer.
///
/// # Examples
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("a");
/// std::fs::create_dir(&path).unwrap();
/// assert!(ambit_plugin_files::remove(&path).is_empty());
/// assert!(ambit_plugin_files::remove(&path).is_empty(), "it is gone already");
/// ```
#[must_use]
pub fn remove(path: &Path) -> Vec<io::Error> {
    let mut problems = Vec::new();
    for _ in 0..ROUNDS {
        // The standard library's is proof against a directory that is swapped for a link at the wrong moment, and names no
        // path when it fails.
        match fs::remove_dir_all(path) {
            Ok(()) => return Vec::new(),
            Err(_) => problems = walk(path),
        }
        if problems.iter().all(|problem| problem.kind() != io::ErrorKind::DirectoryNotEmpty) {
            break;
        }
    }
    problems
}

/// How often it is tried against somebody who goes on to make files in a directory.
const ROUNDS: usize = 4;

enum Step {
    Visit(PathBuf),
    Leave(PathBuf),
}

/// Without recursion: how deep a tree is, is not ours to say.
fn walk(path: &Path) -> Vec<io::Error> {
    let mut problems = Vec::new();
    let mut kept: Vec<PathBuf> = Vec::new();
    let mut steps = vec![Step::Visit(path.to_owned())];
    while let Some(step) = steps.pop() {
        let (path, done) = match step {
            Step::Leave(path) if kept.iter().any(|kept| kept.starts_with(&path)) => continue,
            Step::Leave(path) => {
                let done = fs::remove_dir(&path);
                (path, done)
            }
            Step::Visit(path) => match visit(&path) {
                Ok(Some(entries)) => {
                    steps.push(Step::Leave(path));
                    steps.extend(entries.into_iter().map(Step::Visit));
                    continue;
                }
                Ok(None) => continue,
                Err(error) => (path, Err(error)),
            },
        };
        match done {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                problems.push(at("remove", &path)(error));
                kept.push(path);
            }
            _ => {}
        }
    }
    problems
}

/// Removes what is no directory, and lists what is one.
fn visit(path: &Path) -> io::Result<Option<Vec<PathBuf>>> {
    if !fs::symlink_metadata(path)?.is_dir() {
        return fs::remove_file(path).map(|()| None);
    }
    fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder `tree` with files, a folder, and links out of it; beside it what must stay.
    fn tree() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tree");
        fs::create_dir_all(tree.join("a/b/c")).unwrap();
        fs::create_dir(folder.path().join("other")).unwrap();
        fs::write(folder.path().join("other/precious"), "").unwrap();
        fs::write(tree.join("a/file"), "").unwrap();
        let mut read_only = fs::metadata(tree.join("a/file")).unwrap().permissions();
        read_only.set_readonly(true);
        fs::set_permissions(tree.join("a/file"), read_only).unwrap();
        std::os::unix::fs::symlink("../../other", tree.join("a/link")).unwrap();
        std::os::unix::fs::symlink("nowhere", tree.join("a/dangling")).unwrap();
        (folder, tree)
    }

    #[test]
    fn a_tree_is_removed_and_its_links_are_not_followed() {
        let (folder, tree) = tree();
        assert!(remove(&tree).is_empty());
        assert!(!tree.exists());
        assert!(folder.path().join("other/precious").exists());
    }

    #[test]
    fn the_walk_that_names_problems_removes_as_much() {
        let (folder, tree) = tree();
        assert!(walk(&tree).is_empty());
        assert!(!tree.exists());
        assert!(folder.path().join("other/precious").exists());
    }

    #[test]
    fn what_is_not_there_is_no_problem() {
        let folder = tempfile::tempdir().unwrap();
        assert!(remove(&folder.path().join("none")).is_empty());
        assert!(walk(&folder.path().join("none")).is_empty());
    }

    #[test]
    fn a_link_or_a_file_in_place_of_the_tree_is_removed_itself() {
        let (folder, tree) = tree();
        for name in ["a/link", "a/dangling", "a/file"] {
            assert!(remove(&tree.join(name)).is_empty(), "{name}");
            assert!(fs::symlink_metadata(tree.join(name)).is_err(), "{name}");
        }
        assert!(folder.path().join("other/precious").exists());
    }

    #[test]
    fn a_deep_tree_is_no_deep_recursion() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d/".repeat(400));
        fs::create_dir_all(deep).unwrap();
        assert!(walk(&folder.path().join("d")).is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_cannot_be_removed_is_named_once_without_the_directories_around_it() {
        // Nobody removes these, not even the superuser.
        let problems = walk(Path::new("/proc/self/fdinfo"));
        let paths: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(!paths.is_empty());
        assert!(paths.iter().all(|path| path.starts_with("cannot remove `/proc/self/fdinfo/")), "{paths:?}");
    }
}
