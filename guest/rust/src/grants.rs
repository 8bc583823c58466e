//! The directories that the host's user granted.
//!
//! Of a path that lies in none of them, WASI says what it says of one that is not there. And it strips the leading slash of a
//! path before it looks for a granted directory that is a prefix of it: where `.` is granted, `/etc/passwd` is taken for
//! `./etc/passwd`. So who wants to tell the user which right is missing holds a path against the grants by its text, before it
//! reaches the file system: [`require`] does, and [`At`](crate::At).

use std::path::{Component, Path, PathBuf};

use crate::{Error, Result};

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

/// Whether `path` is `directory` or lies in it, by their texts alone.
#[must_use]
pub fn contains(directory: &Path, path: &Path) -> bool {
    inside(directory, path).is_some()
}

/// `path` as it is called inside of `directory`, where it is in there.
#[must_use]
pub fn inside(directory: &Path, path: &Path) -> Option<PathBuf> {
    let (directory, path) = (plain(directory), plain(path));
    let inside = path.strip_prefix(&directory).ok().filter(|inside| !inside.starts_with(".."))?;
    (directory.is_absolute() == path.is_absolute()).then(|| inside.to_owned())
}

/// Holds `path` against the grants; `wanted` is the directory whose grant would help.
///
/// # Errors
/// Of the kind `not-granted:dir:WANTED`, if no grant contains it.
pub fn require(path: &Path, wanted: &Path) -> Result<()> {
    if is_granted(path) { Ok(()) } else { Err(not_granted(path, wanted)) }
}

pub(crate) fn is_granted(path: &Path) -> bool {
    granted().iter().any(|grant| contains(grant, path))
}

pub(crate) fn not_granted(path: &Path, wanted: &Path) -> Error {
    let [detailed, kind] =
        ambit_kinds::detailed(ambit_kinds::NOT_GRANTED, format_args!("dir:{}", wanted.display()));
    let message = format!("`{}` is in no directory that was granted", path.display());
    Error::new(["rust:std::io::Error".to_owned(), detailed, kind], message)
}

fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
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
}
