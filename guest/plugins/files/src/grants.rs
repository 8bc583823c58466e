//! Which paths the guest may use.
//!
//! WASI's C library strips the leading slash of a path and then looks for a granted directory that is a prefix of it. So
//! where `.` is granted, `/etc/passwd` is taken for `./etc/passwd`: a path is held against the grants here, by its text,
//! before it reaches the file system.

use std::path::{Component, Path, PathBuf};

use ambit_guest::{Error, Result, kinds};

/// The directories that the host granted, by the paths under which the guest sees them.
#[cfg(target_arch = "wasm32")]
#[must_use]
pub fn granted() -> Vec<PathBuf> {
    let granted = wasip2::filesystem::preopens::get_directories();
    granted.into_iter().map(|(_, path)| PathBuf::from(path)).collect()
}

/// The directories that the host granted: in a native test all, or those of [`testing::grant`](crate::testing::grant).
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn granted() -> Vec<PathBuf> {
    crate::testing::granted()
}

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

/// Whether `path` is `directory` or lies in it, by their texts alone.
#[must_use]
pub fn contains(directory: &Path, path: &Path) -> bool {
    inside(directory, path).is_some()
}

/// `path` as it is called inside of `directory`, where it is in there.
pub(crate) fn inside(directory: &Path, path: &Path) -> Option<PathBuf> {
    let (directory, path) = (plain(directory), plain(path));
    let inside = path.strip_prefix(&directory).ok().filter(|inside| !inside.starts_with(".."))?;
    (directory.is_absolute() == path.is_absolute()).then(|| inside.to_owned())
}

/// Holds `path` against the grants; `wanted` is the directory whose grant would help.
///
/// # Errors
/// Of the kind `not-granted:dir:WANTED`, if no grant contains it.
pub fn require(path: &Path, wanted: &Path) -> Result<()> {
    if granted().iter().any(|grant| contains(grant, path)) {
        return Ok(());
    }
    let [detailed, kind] = kinds::detailed(kinds::NOT_GRANTED, format_args!("dir:{}", wanted.display()));
    let message = format!("`{}` is in no directory that was granted", path.display());
    Err(Error::new(["rust:std::io::Error".to_owned(), detailed, kind], message))
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

    #[track_caller]
    fn check(directory: &str, path: &str, expected: bool) {
        assert_eq!(contains(Path::new(directory), Path::new(path)), expected, "{directory} contains {path}");
    }

    #[test]
    fn a_directory_contains_itself_and_what_is_in_it() {
        check("/work", "/work", true);
        check("/work/", "/work/a/b", true);
        check(".", "a", true);
        check(".", "./a/./b", true);
        check("a", "a/b", true);
        check("..", "../b", true);
        check("/", "/tmp", true);
    }

    #[test]
    fn a_directory_does_not_contain_what_only_looks_alike() {
        check("/work", "/workshop", false);
        check("/work", "work/a", false);
        check("a", "ab", false);
    }

    #[test]
    fn the_current_directory_contains_no_absolute_path_and_nothing_above_it() {
        check(".", "/etc/passwd", false);
        check(".", "../a", false);
        check("..", "../../a", false);
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
