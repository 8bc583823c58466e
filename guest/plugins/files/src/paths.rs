//! Paths as they are given to a manager.

use std::path::{Component, Path, PathBuf};

use ambit_guest::{Error, Result, kinds};

/// The path without the dots that say nothing.
///
/// # Errors
/// A bad argument, if the path is empty or turns back on its way: whether `a/../b` is `b` depends on what `a` is when it
/// is looked up, so that the grants cannot be held against it.
pub fn clean(parameter: &str, path: &Path) -> Result<PathBuf> {
    if path.as_os_str().is_empty() {
        return Err(invalid(parameter, "the path is empty"));
    }
    let clean = plain(path);
    let mut forward = clean.components().skip_while(|part| *part == Component::ParentDir);
    match forward.any(|part| part == Component::ParentDir) {
        true => Err(invalid(
            parameter,
            &format!("`{}` turns back by `..`: write the path without", path.display()),
        )),
        false if clean.as_os_str().is_empty() => Ok(PathBuf::from(".")),
        false => Ok(clean),
    }
}

/// The directory that `path` lies in, as it is to be granted.
#[must_use]
pub fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_owned(),
        None => path.to_owned(),
    }
}

/// Whether nothing can be at `path`: a file stands where a directory would have to be, or the name is longer than the system takes.
#[must_use]
pub fn cannot_be(path: &Path) -> bool {
    use std::io::ErrorKind::{InvalidFilename, NotADirectory};
    let looked = std::fs::symlink_metadata(path);
    looked.is_err_and(|error| matches!(error.kind(), InvalidFilename | NotADirectory))
}

fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

fn invalid(parameter: &str, message: &str) -> Error {
    let [detailed, kind] = kinds::detailed(kinds::INVALID_ARGUMENT, parameter);
    Error::new([detailed, kind], format!("argument `{parameter}`: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_be_beneath_a_file_or_have_a_name_without_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(cannot_be(&file.join("beneath")));
        assert!(cannot_be(&folder.path().join("a".repeat(300))));
        assert!(!cannot_be(&file));
        assert!(!cannot_be(&folder.path().join("not there")));
    }

    #[test]
    fn dots_that_say_nothing_are_dropped() {
        assert_eq!(clean("path", Path::new("./a/./b/")).unwrap(), Path::new("a/b"));
        assert_eq!(clean("path", Path::new("./")).unwrap(), Path::new("."));
        assert_eq!(clean("path", Path::new("../a")).unwrap(), Path::new("../a"));
    }

    #[test]
    fn a_path_that_is_empty_or_turns_back_is_refused() {
        for path in ["", "a/../b", "/a/.."] {
            let error = clean("paths", Path::new(path)).unwrap_err();
            assert_eq!(error.kinds(), ["invalid-argument:paths", "invalid-argument"], "{path}");
        }
    }

    #[test]
    fn the_parent_of_a_bare_name_is_the_current_directory() {
        assert_eq!(parent(Path::new("deploy")), Path::new("."));
        assert_eq!(parent(Path::new("/tmp/a")), Path::new("/tmp"));
    }
}
