//! The manager as a whole, natively.

use std::fs;
use std::path::{Path, PathBuf};

use ambit_guest::testing::grant;
use ambit_guest::testing::{Entered, enter, json, on_leave, raised, recover, with};
use ambit_guest::{Error, Family};
use tempfile::TempDir;

use super::left::Left;
use super::tempdir;

/// A tempdir in a folder of the test's own.
fn entered(folder: &TempDir, keep_on_error: bool) -> (Entered, PathBuf) {
    let entered = enter(tempdir, json!({"parent": folder.path(), "keep_on_error": keep_on_error})).unwrap();
    let path: PathBuf = entered.value();
    (entered, path)
}

fn failed() -> Error {
    Error::new(["exit-status:3", "exit-status"], "it ended with 3")
}

#[track_caller]
fn empty(folder: &TempDir) {
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [] as [PathBuf; 0]);
}

#[test]
fn it_is_there_for_the_body_and_gone_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = json!({"prefix": "build-", "parent": folder.path()});
    let name = with(tempdir, arguments, |path: PathBuf| {
        fs::create_dir_all(path.join("a/b"))?;
        fs::write(path.join("a/b/.hidden"), "x")?;
        Ok::<_, Error>(path.file_name().unwrap().to_str().unwrap().to_owned())
    });
    assert!(name.unwrap().unwrap().starts_with("build-"));
    empty(&folder);
}

#[test]
fn it_is_gone_after_a_failure_and_the_error_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (entered, _) = entered(&folder, false);
    let error = failed();
    assert!(entered.exit(Err(error.clone())).unwrap_err().is_same(&error));
    assert!(error.notes().is_empty());
    empty(&folder);
}

#[test]
fn kept_on_error_the_note_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let (entered, path) = entered(&folder, true);
    let error = failed();
    assert!(entered.exit(Err(error.clone())).unwrap_err().is_same(&error));
    assert_eq!(error.notes(), [format!("the directory is kept: {}", path.display())]);
    assert!(path.is_dir());
}

#[test]
fn kept_on_error_it_is_gone_all_the_same_if_the_body_completes_or_is_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    entered(&folder, true).0.exit(Ok(())).unwrap();
    let cancelled = raised(Family::Cancelled, "interrupted", "SIGINT");
    assert!(entered(&folder, true).0.exit(Err(cancelled.clone())).unwrap_err().is_same(&cancelled));
    empty(&folder);
}

#[test]
fn a_directory_that_the_body_removed_or_moved_away_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let (one, path) = entered(&folder, true);
    fs::remove_dir(path).unwrap();
    let error = failed();
    one.exit(Err(error.clone())).unwrap_err();
    assert!(error.notes().is_empty(), "there is nothing to keep");
    let (other, path) = entered(&folder, false);
    fs::rename(path, elsewhere.path().join("result")).unwrap();
    other.exit(Ok(())).unwrap();
    assert!(elsewhere.path().join("result").is_dir());
}

#[test]
fn given_up_it_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    drop(entered(&folder, true));
    empty(&folder);
}

#[test]
fn each_use_has_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let ((one, first), (other, second)) = (entered(&folder, false), entered(&folder, false));
    assert_ne!(first, second);
    one.exit(Ok(())).unwrap();
    assert!(second.is_dir());
    other.exit(Ok(())).unwrap();
}

#[test]
fn a_parent_that_is_not_there_is_named() {
    let error = enter(tempdir, json!({"parent": "/nowhere/at/all"})).unwrap_err();
    assert!(error.is("not-found"));
    assert_eq!(error.message(), "cannot make a directory in `/nowhere/at/all`: no such file or directory");
}

#[test]
fn a_parent_in_no_granted_directory_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    grant(["."]);
    let error = enter(tempdir, json!({"parent": folder.path()})).unwrap_err();
    assert_eq!(error.detail("not-granted"), Some(format!("dir:{}", folder.path().display()).as_str()));
}

#[test]
fn without_arguments_it_is_in_the_only_granted_directory() {
    let folder = tempfile::tempdir().unwrap();
    grant([folder.path()]);
    let entered = enter(tempdir, ()).unwrap();
    let path: PathBuf = entered.value();
    assert_eq!(path.parent(), Some(folder.path()));
    entered.exit(Ok(())).unwrap();
    empty(&folder);
}

#[test]
fn without_arguments_it_is_in_the_custom_place() {
    grant(["/tmp"]);
    let entered = enter(tempdir, ()).unwrap();
    let path: PathBuf = entered.value();
    assert_eq!(path.parent(), Some(Path::new("/tmp")));
    assert!(path.file_name().unwrap().to_str().unwrap().starts_with("tmp-"));
    entered.exit(Ok(())).unwrap();
}

/// What a host recovers from if the scope is lost now, and that it does so, as often as it likes.
#[track_caller]
fn recovers(left: &Left) {
    for _ in 0..2 {
        recover(tempdir, left).unwrap();
    }
}

#[test]
fn lost_while_the_body_runs_it_is_removed_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let (lost, path) = entered(&folder, false);
    fs::create_dir(path.join("a")).unwrap();
    fs::write(path.join("a/file"), "").unwrap();
    let left: Left = lost.checkpoint().unwrap();
    assert_eq!(left, Left::new(&path, false));
    recovers(&left);
    empty(&folder);
}

#[test]
fn its_path_is_left_before_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    on_leave(|state| {
        let left: Left = serde_json::from_str(state)?;
        assert!(!left.path.exists());
        // Lost right here, there is nothing to remove.
        recovers(&left);
        Ok(())
    });
    entered(&folder, false).0.exit(Ok(())).unwrap();
}

#[test]
fn what_cannot_be_left_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    on_leave(|_| Err(Error::new("full", "the journal is full")));
    assert!(enter(tempdir, json!({"parent": folder.path()})).unwrap_err().is("full"));
    empty(&folder);
}

#[test]
fn lost_in_the_middle_of_its_removal_the_rest_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (lost, path) = entered(&folder, false);
    fs::create_dir_all(path.join("a/b")).unwrap();
    let left: Left = lost.checkpoint().unwrap();
    fs::remove_dir(path.join("a/b")).unwrap();
    recovers(&left);
    empty(&folder);
}

#[test]
fn kept_on_error_it_is_kept_if_its_body_was_lost_and_has_something_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let (lost, path) = entered(&folder, true);
    let left: Left = lost.checkpoint().unwrap();
    fs::write(path.join("log"), "").unwrap();
    recovers(&left);
    assert!(path.join("log").exists());
    fs::remove_file(path.join("log")).unwrap();
    recovers(&left);
    empty(&folder);
}

#[test]
fn kept_on_error_it_is_removed_if_it_was_lost_while_it_was_removed() {
    let folder = tempfile::tempdir().unwrap();
    for body in [Ok(()), Err(raised(Family::Cancelled, "interrupted", "SIGINT"))] {
        let (entered, path) = entered(&folder, true);
        let own = path.clone();
        fs::write(path.join("log"), "").unwrap();
        on_leave(move |state| {
            let left: Left = serde_json::from_str(state)?;
            assert_eq!(left, Left::new(&own, false));
            assert!(own.join("log").exists(), "it is left before anything is removed");
            recovers(&left);
            Ok(())
        });
        let _ = entered.exit(body);
        on_leave(|_| Ok(()));
        empty(&folder);
    }
}

#[test]
fn kept_after_a_failure_it_is_kept_by_a_recovery_too() {
    let folder = tempfile::tempdir().unwrap();
    let (entered, path) = entered(&folder, true);
    fs::write(path.join("log"), "").unwrap();
    let left: Left = entered.checkpoint().unwrap();
    on_leave(|_| panic!("what was left says so already"));
    entered.exit(Err(failed())).unwrap_err();
    recovers(&left);
    assert!(path.join("log").exists());
}

#[test]
fn a_recovery_names_what_it_cannot_remove_and_where() {
    grant([Path::new("/proc/self")]);
    let error = recover(tempdir, Left::new(Path::new("/proc/self/fdinfo"), false)).unwrap_err();
    assert_eq!(error.notes().last().unwrap(), "what is left is in `/proc/self/fdinfo`");
}

#[test]
fn a_recovery_without_the_grant_is_refused_and_not_taken_for_done() {
    let folder = tempfile::tempdir().unwrap();
    grant([Path::new("/nowhere")]);
    let error = recover(tempdir, Left::new(&folder.path().join("tmp-a"), false)).unwrap_err();
    assert!(error.is("not-granted"), "{error}");
}
