//! Removing whatever bears a name.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::{Listing, at, fresh, list, stop};

/// Removes what bears the name `path`: a file, a link, or a directory with all that is in it. What is not there, or
/// vanishes meanwhile, is no problem.
///
/// A symbolic link is removed, and never followed. A file goes although it is read-only; what is in a read-only *directory*
/// does not, since WASI cannot change modes. What has a name that is not UTF-8 does not either, since WASI cannot
/// name it. One problem does not keep the rest from being removed; each is in the answer.
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
    let mut rounds = 1;
    loop {
        let Walked { problems, grown } = walk(path);
        if !grown || rounds == ROUNDS {
            return problems;
        }
        rounds += 1;
    }
}

/// How often it is tried against somebody who goes on to make files in a directory.
const ROUNDS: usize = 4;

enum Step {
    Visit(PathBuf),
    Leave(PathBuf),
}

#[derive(Default)]
struct Walked {
    problems: Vec<io::Error>,
    /// Whether something was made in a directory after it had been listed.
    grown: bool,
}

/// Without recursion, since how deep a tree is, is not ours to say: the standard library's exhausts the stack of a guest.
fn walk(root: &Path) -> Walked {
    let mut walked = Walked::default();
    let mut kept: Vec<PathBuf> = Vec::new();
    let mut steps = vec![Step::Visit(root.to_owned())];
    while let Some(step) = steps.pop() {
        let (path, done) = match step {
            Step::Leave(path) if kept.iter().any(|kept| kept.starts_with(&path)) => continue,
            Step::Leave(path) => {
                stop::here();
                let done = fs::remove_dir(&path);
                walked.grown |= done.is_err()
                    && visit(&path).is_ok_and(|left| left.is_some_and(|left| !left.names.is_empty()));
                (path, done)
            }
            Step::Visit(path) => match visit(&path) {
                Ok(Some(_)) if let Some(near) = nearer(root, &path) => {
                    steps.push(Step::Visit(near));
                    continue;
                }
                Ok(Some(listing)) => {
                    if let Some(unnamed) = listing.problem() {
                        walked.problems.push(at("remove", &path)(unnamed));
                        kept.push(path.clone());
                    }
                    let entries: Vec<_> =
                        listing.names.iter().map(|name| Step::Visit(path.join(name))).collect();
                    steps.push(Step::Leave(path));
                    steps.extend(entries);
                    continue;
                }
                Ok(None) => continue,
                Err(error) => (path, Err(error)),
            },
        };
        match done {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                walked.problems.push(at("remove", &path)(error));
                kept.push(path);
            }
            _ => {}
        }
    }
    walked
}

/// Removes what is no directory, and lists what is one.
fn visit(path: &Path) -> io::Result<Option<Listing>> {
    if !fs::symlink_metadata(path)?.is_dir() {
        stop::here();
        return fs::remove_file(path).map(|()| None);
    }
    list(path).map(Some)
}

/// Moves a directory to the root of the tree if its path gets so long that the paths in it would be too long for the system.
fn nearer(root: &Path, path: &Path) -> Option<PathBuf> {
    if path.as_os_str().len() < root.as_os_str().len() + LONG {
        return None;
    }
    let near = root.join(fresh());
    stop::here();
    fs::rename(path, &near).is_ok().then_some(near)
}

/// A quarter of what Linux and macOS take at the most.
const LONG: usize = 1024;

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
    fn what_is_not_there_is_no_problem() {
        let folder = tempfile::tempdir().unwrap();
        assert!(remove(&folder.path().join("none")).is_empty());
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
    fn a_tree_is_removed_that_is_deeper_than_any_path_is_long() {
        let folder = tempfile::tempdir().unwrap();
        let (deep, above) = (folder.path().join("d"), folder.path().join("above"));
        fs::create_dir(&deep).unwrap();
        for _ in 0..2100 {
            fs::create_dir(&above).unwrap();
            fs::rename(&deep, above.join("d")).unwrap();
            fs::rename(&above, &deep).unwrap();
        }
        assert!(remove(&deep).is_empty());
        assert!(!deep.exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_not_utf8_is_left_and_named_by_its_directory_and_all_else_goes() {
        use std::os::unix::ffi::OsStrExt;
        let (_folder, tree) = tree();
        let name = std::ffi::OsStr::from_bytes(b"\xff");
        fs::write(tree.join("a/b").join(name), "").unwrap();
        let problems: Vec<_> = remove(&tree).iter().map(ToString::to_string).collect();
        let expected = format!(
            "cannot remove `{}/a/b`: it has a file in it whose name is not UTF-8, which a plugin cannot handle",
            tree.display()
        );
        assert_eq!(problems, [expected]);
        assert_eq!(fs::read_dir(tree.join("a")).unwrap().count(), 1);
        assert_eq!(fs::read_dir(tree.join("a/b")).unwrap().count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_cannot_be_removed_is_named_once_without_the_directories_around_it() {
        // Nobody removes these, not even the superuser.
        let problems = remove(Path::new("/proc/self/fdinfo"));
        let paths: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(!paths.is_empty());
        assert!(paths.iter().all(|path| path.starts_with("cannot remove `/proc/self/fdinfo/")), "{paths:?}");
    }
}
