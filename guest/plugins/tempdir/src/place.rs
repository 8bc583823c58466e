//! Where the directory is made.

use std::path::{Path, PathBuf};

use ambit_guest::grants::{contains, granted, require};
use ambit_guest::{Error, Result, kinds};
use ambit_plugin_files::clean;

/// Where temporary files go by custom.
const CUSTOM: &str = "/tmp";

/// The directory that was asked for, or the one to take where none was.
pub(crate) fn parent(asked: Option<PathBuf>) -> Result<PathBuf> {
    match asked {
        Some(parent) => {
            let parent = clean("parent", &parent)?;
            require(&parent, &parent)?;
            Ok(parent)
        }
        // As one that is asked for: a grant may be called `./dir`.
        None => clean("parent", &choose(&granted())?),
    }
}

fn choose(granted: &[PathBuf]) -> Result<PathBuf> {
    if granted.iter().any(|grant| contains(grant, Path::new(CUSTOM))) {
        return Ok(PathBuf::from(CUSTOM));
    }
    match granted {
        [only] => Ok(only.clone()),
        [] => {
            let [detailed, kind] = kinds::detailed(kinds::NOT_GRANTED, format_args!("dir:{CUSTOM}"));
            Err(Error::new([detailed, kind], "no directory was granted to make one in"))
        }
        several => {
            let names: Vec<_> = several.iter().map(|grant| format!("`{}`", grant.display())).collect();
            let [detailed, kind] = kinds::detailed(kinds::INVALID_ARGUMENT, "parent");
            let message = format!(
                "several directories are granted, and none is `{CUSTOM}`: say by `parent` which to use of {}",
                names.join(", ")
            );
            Err(Error::new([detailed, kind], message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(granted: &[&str], expected: &str) {
        let granted: Vec<_> = granted.iter().map(PathBuf::from).collect();
        assert_eq!(choose(&granted).unwrap(), Path::new(expected));
    }

    #[test]
    fn the_custom_one_is_taken_where_it_is_granted() {
        check(&["/tmp"], "/tmp");
        check(&[".", "/tmp"], "/tmp");
        check(&["/"], "/tmp");
    }

    #[test]
    fn the_only_grant_is_taken_where_the_custom_one_is_not_granted() {
        check(&["."], ".");
        check(&["/srv/data"], "/srv/data");
        check(&["/tmp/mine"], "/tmp/mine");
    }

    #[test]
    fn without_a_grant_the_error_names_the_one_that_helps() {
        let error = choose(&[]).unwrap_err();
        assert_eq!(error.kinds(), ["not-granted:dir:/tmp", "not-granted"]);
    }

    #[test]
    fn of_several_grants_one_has_to_be_chosen() {
        let error = choose(&["/a".into(), "/b".into()]).unwrap_err();
        assert!(error.is("invalid-argument:parent"));
        assert!(error.message().ends_with("which to use of `/a`, `/b`"), "{error}");
    }
}
