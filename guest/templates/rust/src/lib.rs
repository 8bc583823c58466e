//! A plugin with one manager, `draft`.

use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::{fs, io};

use ambit_guest::{At, Checkpoint, Result, Scope, manager, plugin};

/// A file that is written whole or not at all.
///
/// The value is the path of a draft beside it. If the body succeeds, the draft becomes the file; if it fails, the draft is
/// removed, and the file stays as it was.
#[manager(recover = discard)]
async fn draft(
    /// The file.
    path: PathBuf,
    checkpoint: Checkpoint<PathBuf>,
    scope: Scope<PathBuf>,
) -> Result {
    let random = RandomState::new().hash_one(()); // nobody else has a draft of this name
    let draft = PathBuf::from(format!("{}.{random:016x}", path.display()));
    checkpoint.leave(&draft)?; //                    what is released though `ambit` is killed
    fs::File::create_new(&draft).at(&draft)?; //     enter ends here
    match scope.yields(draft.clone()).await {
        //                                           the body runs, and exit begins here
        Ok(()) => fs::rename(&draft, &path).at(&path),
        Err(error) => {
            discard(draft)?;
            Err(error) //                            the body's error goes on
        }
    }
}

/// Removes a draft. It may run twice, or though there never was one.
fn discard(draft: PathBuf) -> Result {
    match fs::remove_file(&draft) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.at(&draft),
    }
}

plugin!(draft);

#[cfg(test)]
mod tests {
    use super::*;
    use ambit_guest::Error;
    use ambit_guest::testing::{enter, json, recover};
    use std::path::Path;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn what_a_body_wrote_becomes_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes");
        let entered = enter(draft, json!({"path": path})).unwrap();
        fs::write(entered.value::<PathBuf>(), "new").unwrap();
        entered.exit(Ok(())).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["notes"]);
    }

    #[test]
    fn a_body_that_fails_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes");
        fs::write(&path, "old").unwrap();
        let entered = enter(draft, json!({"path": path})).unwrap();
        fs::write(entered.value::<PathBuf>(), "new").unwrap();
        let error = Error::new("boom", "the body failed");
        let raised = entered.exit(Err(error.clone())).unwrap_err();
        assert!(raised.is_same(&error));
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["notes"]);
    }

    #[test]
    fn a_draft_is_removed_if_its_scope_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let entered = enter(draft, json!({"path": folder.path().join("notes")})).unwrap();
        let left: PathBuf = entered.checkpoint().unwrap();
        for _ in 0..2 {
            recover(draft, &left).unwrap();
        }
        assert_eq!(names(folder.path()), [""; 0]);
    }
}
