//! Which paths are saved.

use std::path::PathBuf;

use ambit_guest::grants::{contains, require};
use ambit_guest::{Error, Result, kinds};
use ambit_plugin_files::{clean as cleaned, outermost as through_outermost, parent};

/// The paths, without those that lie in another. They lead through the outermost grant, so that a body can remove the others,
/// and they are still made again.
///
/// # Errors
/// There are none; one is empty, turns back by `..`, or is in no directory that was granted.
pub(crate) fn clean(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    if paths.is_empty() {
        let kinds = kinds::detailed(kinds::INVALID_ARGUMENT, "paths");
        return Err(Error::new(kinds, "argument `paths`: there are none: name what is to be restored"));
    }
    let mut outermost: Vec<PathBuf> = Vec::new();
    for path in paths {
        let path = cleaned("paths", path)?;
        require(&path, &parent(&path))?;
        if !outermost.iter().any(|other| contains(other, &path)) {
            outermost.retain(|other| !contains(&path, other));
            outermost.push(path);
        }
    }
    Ok(outermost.iter().map(|path| through_outermost(path)).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[track_caller]
    fn check(given: &[&str], expected: &[&str]) {
        let given: Vec<_> = given.iter().map(PathBuf::from).collect();
        let expected: Vec<_> = expected.iter().map(Path::new).collect();
        assert_eq!(clean(&given).unwrap(), expected);
    }

    #[test]
    fn paths_are_kept_in_their_order() {
        check(&["b", "./a/", "/c"], &["b", "a", "/c"]);
    }

    #[test]
    fn a_path_in_another_is_saved_once() {
        check(&["a", "a", "a/b"], &["a"]);
        check(&["a/b", "c", "a"], &["c", "a"]);
        check(&["a/b", "."], &["."]);
        check(&["a", "ab"], &["a", "ab"]);
    }

    #[test]
    fn there_is_at_least_one() {
        assert!(clean(&[]).unwrap_err().is("invalid-argument:paths"));
    }
}
