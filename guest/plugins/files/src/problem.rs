//! What went wrong with a path.

use std::io;
use std::path::{Path, PathBuf};

use ambit_guest::Error;
use ambit_guest::kinds::detailed;

/// Says what was done to which path: "cannot remove `/tmp/a`: permission denied". The kind of the error is kept.
///
/// # Examples
/// ```
/// use std::fs;
/// use std::path::Path;
///
/// use ambit_plugin_files::at;
///
/// let path = Path::new("/nowhere");
/// let error = fs::read(path).map_err(at("read", path)).unwrap_err();
/// assert_eq!(error.to_string(), "cannot read `/nowhere`: no such file or directory");
/// ```
pub fn at(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("cannot {doing} `{}`: {}", shown(path), reason(&error)))
}

/// One error for all problems: the only one, or a [`group`].
#[must_use]
pub fn as_one(what: &str, message: &str, mut problems: Vec<io::Error>) -> Error {
    if problems.len() == 1 { problems.remove(0).into() } else { group(what, message, problems) }
}

/// A group of problems, of the kinds `WHAT:incomplete` and `WHAT`. It has the first ten, and says how many more there are.
#[must_use]
pub fn group(what: &str, message: &str, problems: Vec<io::Error>) -> Error {
    let unnamed = problems.len().saturating_sub(NAMED);
    let members = problems.into_iter().take(NAMED).map(Error::from);
    let group = Error::group(detailed(what, "incomplete"), message, members);
    if unnamed > 0 { group.note(format!("and {unnamed} more")) } else { group }
}

/// Each member is a handle of the host's, which limits them.
const NAMED: usize = 10;

/// The path, without dots of [`outermost`](crate::outermost()); of a very long one the end.
fn shown(path: &Path) -> String {
    let path: PathBuf = path.strip_prefix("./").unwrap_or(path).components().collect();
    let path = path.to_string_lossy();
    match path.char_indices().nth_back(SHOWN) {
        Some((start, _)) => format!("…{}", &path[start..]),
        None if path.is_empty() => ".".to_owned(),
        None => path.into_owned(),
    }
}

/// Four lines of a terminal.
const SHOWN: usize = 320;

/// The system's words, without its number, which is another one in every system.
fn reason(error: &io::Error) -> String {
    let mut text = error.to_string();
    text.truncate(text.find(" (os error").unwrap_or(text.len()));
    // Of a word, and not of `I/O`.
    if text.chars().nth(1).is_some_and(char::is_lowercase)
        && let Some(first) = text.get_mut(..1)
    {
        first.make_ascii_lowercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(number: usize) -> io::Error {
        at("remove", Path::new(&format!("/tmp/{number}")))(io::ErrorKind::PermissionDenied.into())
    }

    #[test]
    fn a_problem_keeps_its_kind_and_names_its_path() {
        let error = Error::from(problem(1));
        assert_eq!(error.kinds(), ["rust:std::io::Error", "permission-denied"]);
        assert_eq!(error.message(), "cannot remove `/tmp/1`: permission denied");
    }

    #[test]
    fn the_system_s_words_go_on_in_lower_case_but_for_abbreviations() {
        let said = |words: &str| reason(&io::Error::other(words.to_owned()));
        assert_eq!(said("No space left on device (os error 51)"), "no space left on device");
        assert_eq!(said("I/O error (os error 29)"), "I/O error");
        assert_eq!(["", "Élan"].map(said), ["", "Élan"]);
    }

    #[test]
    fn of_a_very_long_path_the_end_is_shown() {
        let error = at("read", Path::new(&"ä/".repeat(2000)))(io::ErrorKind::NotFound.into());
        assert!(error.to_string().starts_with("cannot read `…"), "{error}");
        assert!(error.to_string().chars().count() < 400);
    }

    #[test]
    fn a_single_problem_is_the_error() {
        let error = as_one("tempdir", "it could not be removed", vec![problem(1)]);
        assert!(error.is("permission-denied"));
    }

    #[test]
    fn several_problems_are_a_group_that_names_the_first_ones() {
        let error = as_one("tempdir", "some of it could not be removed", (0..12).map(problem).collect());
        assert_eq!(error.kinds(), ["tempdir:incomplete", "tempdir"]);
        assert_eq!(error.members().len(), NAMED);
        assert_eq!(error.notes(), ["and 2 more"]);
    }
}
