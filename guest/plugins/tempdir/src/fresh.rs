//! A directory that nobody else made.

use std::path::{Path, PathBuf};
use std::{fs, io};

use ambit_guest::{Error, Result, kinds};
use ambit_plugin_files::{as_one, at, fresh, remove};

/// A directory of ours. Dropped, it is removed as far as that goes: a scope that is given up says nothing.
#[derive(Debug)]
pub(crate) struct Fresh {
    /// None once it is no more ours to remove.
    path: Option<PathBuf>,
}

impl Fresh {
    /// One that was made before.
    pub(crate) fn of(path: PathBuf) -> Self {
        Self { path: Some(path) }
    }

    /// Makes a directory in `parent`. Ahead of that `announce` is told which.
    ///
    /// # Errors
    /// A prefix that is more than the beginning of a name. That of `announce`. Those of the file system.
    pub(crate) fn create(parent: &Path, prefix: &str, announce: impl FnMut(&Path) -> Result) -> Result<Self> {
        if let Some(bad) = prefix.chars().find(|letter| matches!(letter, '/' | '\\' | '\0')) {
            let [detailed, kind] = kinds::detailed(kinds::INVALID_ARGUMENT, "prefix");
            let message = format!("argument `prefix`: `{}` cannot stand in a name", bad.escape_default());
            return Err(Error::new([detailed, kind], message));
        }
        Self::create_as(parent, || format!("{prefix}{}", fresh()), announce)
    }

    fn create_as(
        parent: &Path,
        mut name: impl FnMut() -> String,
        mut announce: impl FnMut(&Path) -> Result,
    ) -> Result<Self> {
        let mut tries = 0;
        loop {
            tries += 1;
            let path = parent.join(name());
            // What is announced is removed if the scope is lost, so that it must not be another's. Against one that another makes
            // of this very name a moment later, there are its 60 random bits.
            let made = if fs::symlink_metadata(&path).is_ok() {
                Err(io::ErrorKind::AlreadyExists.into())
            } else {
                announce(&path)?;
                fs::create_dir(&path)
            };
            match made {
                Ok(()) => return Ok(Self { path: Some(path) }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < TRIES => {}
                Err(error) => return Err(at("make a directory in", parent)(error).into()),
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(""))
    }

    /// Removes it.
    ///
    /// # Errors
    /// What could not be removed.
    pub(crate) fn remove(mut self) -> Result {
        let Some(path) = self.path.take() else { return Ok(()) };
        let problems = remove(&path);
        if problems.is_empty() {
            return Ok(());
        }
        let read_only = problems.iter().any(|problem| problem.kind() == io::ErrorKind::PermissionDenied);
        let error = as_one("tempdir", &format!("`{}` could not be removed", path.display()), problems);
        Err(if read_only { error.note(READ_ONLY) } else { error })
    }

    /// Leaves it where it is, and says where, unless it is gone.
    pub(crate) fn keep(mut self) -> Option<PathBuf> {
        self.path.take().filter(|path| path.is_dir())
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            let _ = remove(&path);
        }
    }
}

/// As many as Python's `tempfile` makes. Of 60 random bits, a second one is rare.
const TRIES: u32 = 10_000;

const READ_ONLY: &str = "what is in a read-only directory cannot be removed, and a plugin cannot change modes: \
                         `chmod -R u+w` helps";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_passed_over() {
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir(parent.path().join("a")).unwrap();
        fs::write(parent.path().join("b"), "").unwrap();
        let mut names = ["a", "b", "c"].into_iter();
        let mut announced = Vec::new();
        let announce = |path: &Path| {
            announced.push(path.to_owned());
            Ok(())
        };
        let fresh = Fresh::create_as(parent.path(), || names.next().unwrap().to_owned(), announce).unwrap();
        assert!(fresh.path().ends_with("c"));
        assert_eq!(announced, [fresh.path()], "what is another's is never announced");
    }

    #[test]
    fn it_is_not_tried_for_ever() {
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir(parent.path().join("a")).unwrap();
        let announce = |path: &Path| panic!("{} is another's", path.display());
        let error = Fresh::create_as(parent.path(), || "a".to_owned(), announce).unwrap_err();
        assert!(error.is("already-exists"));
    }

    #[test]
    fn a_prefix_that_leads_elsewhere_is_refused() {
        for prefix in ["../", "a/b", "\\", "\0"] {
            let error = Fresh::create(Path::new("/tmp"), prefix, |_| Ok(())).unwrap_err();
            assert!(error.is("invalid-argument:prefix"), "{prefix:?}");
        }
    }
}
