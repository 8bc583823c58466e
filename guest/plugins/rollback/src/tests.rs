//! The manager as a whole, natively, on real files.

mod arbitrary;
mod lost;
mod stopped;
mod tree;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use ambit_guest::testing::grant;
use ambit_guest::testing::{Entered, enter, json, raised};
use ambit_guest::{Error, Family};
use ambit_plugin_files::stop;
use tempfile::TempDir;

use self::tree::{Tree, scan};
use super::rollback;

/// A folder with a tree in it: `dir/{file,run,sub/deep,link,out}`, `file`, `empty/`.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self::of(tempfile::tempdir().unwrap())
    }

    /// One that is in memory, where the system has such a folder: to make sure that something is on a disk takes long.
    fn in_memory() -> Self {
        Self::of(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap())
    }

    fn of(folder: TempDir) -> Self {
        let place = Self(folder);
        grant([place.0.path()]);
        fs::create_dir_all(place.at("dir/sub")).unwrap();
        fs::create_dir(place.at("empty")).unwrap();
        for file in ["file", "dir/file", "dir/run", "dir/sub/deep"] {
            fs::write(place.at(file), format!("content of {file}")).unwrap();
        }
        fs::set_permissions(place.at("dir/run"), fs::Permissions::from_mode(0o750)).unwrap();
        symlink("file", place.at("dir/link")).unwrap();
        symlink("/etc/hostname", place.at("dir/out")).unwrap();
        place
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn enter(&self, paths: &[&str]) -> Entered {
        let paths: Vec<_> = paths.iter().map(|path| self.at(path)).collect();
        enter(rollback, json!({"paths": paths})).unwrap()
    }

    /// Runs a body that fails, and checks that the paths are as they were, and nothing is left elsewhere.
    #[track_caller]
    fn check(&self, paths: &[&str], body: impl FnOnce(&Self)) {
        let (before, names) = (self.scan(paths), self.names());
        let entered = self.enter(paths);
        body(self);
        let error = failed();
        let ended = entered.exit(Err(error.clone())).unwrap_err();
        assert!(ended.is_same(&error), "{ended:?} {:?}", ended.members());
        assert_eq!(before, self.scan(paths));
        assert_eq!(names, self.names());
    }

    fn scan(&self, paths: &[&str]) -> Vec<Tree> {
        paths.iter().map(|path| scan(&self.at(path))).collect()
    }

    fn names(&self) -> Vec<PathBuf> {
        scan(self.0.path()).into_keys().collect()
    }

    /// The folders of copies.
    fn copies(&self) -> Vec<PathBuf> {
        self.names().into_iter().filter(|path| path.ends_with("README.txt")).collect()
    }
}

fn failed() -> Error {
    Error::new(["exit-status:3", "exit-status"], "it ended with 3")
}

#[test]
fn a_body_that_does_nothing_changes_nothing() {
    Place::new().check(&["dir", "file"], |_| {});
}

#[test]
fn contents_are_as_they_were_in_the_same_files() {
    let place = Place::new();
    let before = fs::metadata(place.at("file")).unwrap().ino();
    place.check(&["file", "dir"], |place| {
        fs::write(place.at("file"), "other").unwrap();
        fs::write(place.at("dir/sub/deep"), "a".repeat(200_000)).unwrap();
    });
    assert_eq!(fs::metadata(place.at("file")).unwrap().ino(), before);
}

#[test]
fn what_was_made_is_removed() {
    Place::new().check(&["dir", "none", "none/either", "empty"], |place| {
        fs::create_dir_all(place.at("none/a/b")).unwrap();
        fs::create_dir_all(place.at("dir/new/a")).unwrap();
        fs::write(place.at("dir/new/a/file"), "").unwrap();
        fs::write(place.at("empty/.hidden"), "").unwrap();
        symlink("/etc", place.at("dir/etc")).unwrap();
    });
    assert!(Path::new("/etc/hostname").exists());
}

#[test]
fn what_was_removed_is_back_as_the_same_file_with_its_mode() {
    let place = Place::new();
    let before = fs::metadata(place.at("dir/run")).unwrap();
    place.check(&["dir", "file"], |place| {
        fs::remove_dir_all(place.at("dir")).unwrap();
        fs::remove_file(place.at("file")).unwrap();
    });
    let after = fs::metadata(place.at("dir/run")).unwrap();
    assert_eq!((after.ino(), after.mode(), after.nlink()), (before.ino(), before.mode(), 1));
}

#[test]
fn a_file_that_was_replaced_is_back_with_its_mode() {
    Place::new().check(&["dir/run"], |place| {
        fs::write(place.at("dir/new"), "other").unwrap();
        fs::rename(place.at("dir/new"), place.at("dir/run")).unwrap();
    });
}

#[test]
fn a_file_that_was_written_to_and_then_removed_has_its_content() {
    Place::new().check(&["dir/run"], |place| {
        fs::write(place.at("dir/run"), "other").unwrap();
        fs::remove_file(place.at("dir/run")).unwrap();
    });
}

#[test]
fn what_changed_its_kind_is_what_it_was() {
    Place::new().check(&["dir", "file", "empty"], |place| {
        fs::remove_file(place.at("file")).unwrap();
        fs::create_dir_all(place.at("file/a")).unwrap();
        fs::remove_dir(place.at("empty")).unwrap();
        fs::write(place.at("empty"), "").unwrap();
        fs::remove_file(place.at("dir/link")).unwrap();
        fs::write(place.at("dir/link"), "").unwrap();
        fs::remove_file(place.at("dir/run")).unwrap();
        symlink("file", place.at("dir/run")).unwrap();
        fs::remove_dir_all(place.at("dir/sub")).unwrap();
        symlink("..", place.at("dir/sub")).unwrap();
    });
}

#[test]
fn links_are_as_they_were_wherever_they_lead() {
    Place::new().check(&["dir"], |place| {
        for link in ["dir/link", "dir/out"] {
            fs::remove_file(place.at(link)).unwrap();
            symlink("elsewhere", place.at(link)).unwrap();
        }
    });
}

#[test]
fn a_path_that_is_a_link_is_restored_as_one_and_not_followed() {
    let place = Place::new();
    let entered = place.enter(&["dir/link"]);
    fs::remove_file(place.at("dir/link")).unwrap();
    fs::write(place.at("dir/file"), "it stays").unwrap();
    entered.exit(Err(failed())).unwrap_err();
    assert_eq!(fs::read_link(place.at("dir/link")).unwrap(), Path::new("file"));
    assert_eq!(fs::read_to_string(place.at("dir/file")).unwrap(), "it stays");
}

#[test]
fn names_of_one_file_stay_names_of_one_file() {
    let place = Place::new();
    fs::hard_link(place.at("dir/file"), place.at("dir/second")).unwrap();
    place.check(&["dir"], |place| {
        fs::remove_file(place.at("dir/second")).unwrap();
        fs::write(place.at("dir/file"), "other").unwrap();
    });
    let inode = |name| fs::metadata(place.at(name)).unwrap().ino();
    assert_eq!(inode("dir/file"), inode("dir/second"));
}

#[test]
fn a_pipe_is_back() {
    let place = Place::new();
    assert!(Command::new("mkfifo").arg(place.at("dir/pipe")).status().unwrap().success());
    place.check(&["dir"], |place| fs::remove_file(place.at("dir/pipe")).unwrap());
}

#[test]
fn the_removal_of_a_paths_own_directory_is_undone() {
    let place = Place::new();
    let paths = &["dir/sub/deep", "dir/run"];
    let before = place.scan(paths);
    let entered = place.enter(paths);
    fs::remove_dir_all(place.at("dir")).unwrap();
    entered.exit(Err(failed())).unwrap_err();
    assert_eq!(before, place.scan(paths));
    assert!(!place.at("dir/file").exists(), "it was not named");
}

#[test]
fn a_body_that_is_cancelled_or_given_up_is_rolled_back() {
    let place = Place::new();
    let before = place.scan(&["file"]);
    let cancelled = raised(Family::Cancelled, "interrupted", "SIGINT");
    let entered = place.enter(&["file"]);
    fs::write(place.at("file"), "other").unwrap();
    assert!(entered.exit(Err(cancelled.clone())).unwrap_err().is_same(&cancelled));
    assert_eq!(before, place.scan(&["file"]));
    let entered = place.enter(&["file"]);
    fs::write(place.at("file"), "other").unwrap();
    drop(entered);
    assert_eq!(before, place.scan(&["file"]));
}

#[test]
fn a_body_that_completes_keeps_what_it_did_and_no_copies() {
    let place = Place::new();
    let entered = place.enter(&["dir", "file", "none"]);
    fs::write(place.at("file"), "other").unwrap();
    fs::write(place.at("none"), "new").unwrap();
    fs::remove_file(place.at("dir/run")).unwrap();
    let done = place.scan(&["dir", "file", "none", "empty"]);
    entered.exit(Ok(())).unwrap();
    assert_eq!(done, place.scan(&["dir", "file", "none", "empty"]));
    assert_eq!(fs::read_dir(place.0.path()).unwrap().count(), done.len());
}

#[test]
fn a_granted_directory_itself_is_restored_with_copies_in_another() {
    let (place, tmp) = (Place::new(), tempfile::tempdir_in("/tmp").unwrap());
    grant([place.0.path(), Path::new("/tmp")]);
    let modified = || fs::metadata(place.0.path()).unwrap().modified().unwrap();
    let before = (place.scan(&[""]), modified());
    let entered = place.enter(&["."]);
    for entry in fs::read_dir(place.0.path()).unwrap() {
        let path = entry.unwrap().path();
        // What `rm -rf *` does.
        if !path.file_name().unwrap().to_str().unwrap().starts_with('.') {
            let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
    }
    entered.exit(Err(failed())).unwrap_err();
    assert_eq!(before, (place.scan(&[""]), modified()));
    drop(tmp);
}

#[test]
fn a_granted_directory_itself_needs_another_for_its_copies() {
    let place = Place::new();
    let error = enter(rollback, json!({"paths": [place.0.path()]})).unwrap_err();
    let place_in_tmp = place.0.path().starts_with("/tmp");
    assert!(place_in_tmp && error.is("not-granted:dir:/tmp"), "{error}");
    assert_eq!(place.copies(), [] as [PathBuf; 0]);
}

#[test]
fn a_path_in_no_granted_directory_is_refused() {
    let place = Place::new();
    let error = enter(rollback, json!({"paths": [place.at("file"), "/etc/hosts"]})).unwrap_err();
    assert_eq!(error.detail("not-granted"), Some("dir:/etc"));
    assert_eq!(error.message(), "`/etc/hosts` is in no directory that was granted");
}

#[test]
fn copies_are_in_folders_that_say_what_they_are() {
    let place = Place::new();
    let entered = place.enter(&["dir/file"]);
    let [outer, beside]: [PathBuf; 2] = place.copies().try_into().unwrap();
    assert!(outer.to_str().unwrap().starts_with(".file.ambit-rollback-"), "{outer:?}");
    let folder = beside.parent().unwrap().to_str().unwrap();
    assert!(folder.starts_with("dir/.file.ambit-rollback-"), "{folder}");
    let readme = fs::read_to_string(place.0.path().join(&beside)).unwrap();
    assert!(readme.contains(place.at("dir/file").to_str().unwrap()), "{readme}");
    entered.exit(Ok(())).unwrap();
    assert_eq!(place.copies(), [] as [PathBuf; 0]);
}

#[test]
fn scopes_may_lie_in_one_another() {
    let place = Place::new();
    place.check(&["dir"], |place| {
        place.check(&["dir/sub", "file"], |place| {
            fs::remove_dir_all(place.at("dir/sub")).unwrap();
            fs::write(place.at("file"), "other").unwrap();
        });
        let inner = place.enter(&["dir/file"]);
        fs::write(place.at("dir/file"), "other").unwrap();
        inner.exit(Ok(())).unwrap();
    });
}

#[test]
fn what_cannot_be_restored_is_named_and_the_copies_are_kept() {
    let place = Place::new();
    let entered = place.enter(&["dir/file", "file"]);
    fs::write(place.at("file"), "other").unwrap();
    fs::remove_dir_all(place.at("dir")).unwrap();
    fs::write(place.at("dir"), "in the way").unwrap();
    let body = failed();
    let error = entered.exit(Err(body.clone())).unwrap_err();
    assert_eq!(error.kinds(), ["rollback:incomplete", "rollback"]);
    assert!(error.context().unwrap().is_same(&body));
    let start = format!("cannot make the directory `{}`", place.at("dir").display());
    assert!(error.members()[0].message().starts_with(&start), "{:?}", error.members());
    assert!(error.notes()[0].starts_with("the copies are kept: "), "{:?}", error.notes());
    assert_eq!(fs::read_to_string(place.at("file")).unwrap(), "content of file", "the other one is restored");
}

#[test]
fn a_restore_that_is_stopped_leaves_each_file_whole_and_the_copies() {
    let (old, new) = ("old".repeat(100_000), "newer".repeat(100_000));
    let mut changes = 0;
    loop {
        let place = Place::new();
        fs::write(place.at("file"), &old).unwrap();
        let entered = place.enter(&["dir/run", "file"]);
        fs::write(place.at("file"), &new).unwrap();
        fs::write(place.at("dir/run"), "other").unwrap();
        let ended = stop::after(changes, || entered.exit(Err(failed())).unwrap_err());
        let [file, run] = ["file", "dir/run"].map(|file| fs::read_to_string(place.at(file)).unwrap());
        assert!(file == old || file == new, "after {changes} changes, {} bytes", file.len());
        assert!(run == "content of dir/run" || run == "other", "after {changes} changes: {run}");
        if ended.is_some() {
            assert_eq!((file.as_str(), run.as_str()), (old.as_str(), "content of dir/run"));
            break;
        }
        // The copies of each path go when it is restored.
        let copy = |file: &str| {
            let copy = place.names().into_iter().find(|path| path.ends_with(file));
            copy.map(|copy| fs::read_to_string(place.0.path().join(copy)).unwrap())
        };
        assert!(file == old || copy("copies/file").as_ref() == Some(&old));
        assert!(run == "content of dir/run" || copy("copies/run").as_deref() == Some("content of dir/run"));
        changes += 1;
    }
    assert!(changes > old.len().div_ceil(64 * 1024), "each write was a place to stop at");
}

#[test]
fn a_file_without_its_second_name_is_still_the_same_file() {
    let place = Place::new();
    let before = fs::metadata(place.at("dir/run")).unwrap();
    let entered = place.enter(&["dir/run"]);
    for folder in place.copies() {
        let _ = fs::remove_dir_all(place.0.path().join(folder.with_file_name("originals")));
    }
    fs::write(place.at("dir/run"), "other").unwrap();
    entered.exit(Err(failed())).unwrap_err();
    let after = fs::metadata(place.at("dir/run")).unwrap();
    assert_eq!((after.ino(), after.mode(), after.nlink()), (before.ino(), before.mode(), 1));
    assert_eq!(fs::read_to_string(place.at("dir/run")).unwrap(), "content of dir/run");
    assert_eq!(place.copies(), [] as [PathBuf; 0]);
}

#[test]
fn a_path_that_leads_elsewhere_now_is_left_alone_there() {
    let place = Place::new();
    let entered = place.enter(&["dir/file", "none/file"]);
    fs::create_dir(place.at("other")).unwrap();
    fs::write(place.at("other/file"), "precious").unwrap();
    fs::rename(place.at("dir"), place.at("moved")).unwrap();
    symlink("other", place.at("dir")).unwrap();
    symlink("other", place.at("none")).unwrap();
    let error = entered.exit(Err(failed())).unwrap_err();
    assert_eq!(error.members().len(), 2);
    assert!(error.members()[0].message().contains("it leads elsewhere"), "{:?}", error.members());
    assert_eq!(fs::read_to_string(place.at("other/file")).unwrap(), "precious");
}

#[test]
fn cancelled_it_carries_what_could_not_be_restored() {
    let place = Place::new();
    let entered = place.enter(&["dir/file"]);
    fs::remove_dir_all(place.at("dir")).unwrap();
    fs::write(place.at("dir"), "in the way").unwrap();
    let cancelled = raised(Family::Cancelled, "interrupted", "SIGINT");
    assert!(entered.exit(Err(cancelled.clone())).unwrap_err().is_same(&cancelled));
    assert!(
        cancelled.notes()[0].starts_with("not all could be restored\ncannot "),
        "{:?}",
        cancelled.notes()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_while_saving_leaves_no_copies() {
    let place = Place::new();
    grant([place.0.path(), Path::new("/proc")]);
    let error = enter(rollback, json!({"paths": [place.at("dir"), "/proc/version"]})).unwrap_err();
    assert!(error.message().starts_with("cannot make a folder for copies in `/proc`"), "{error}");
    assert_eq!(place.copies(), [] as [PathBuf; 0]);
}

#[test]
fn what_did_not_change_is_not_written_to() {
    let place = Place::new();
    // Whoever writes opens it, which this does not allow, not even to the superuser once it runs.
    let program = place.at("dir/sub/program");
    fs::copy("/bin/sleep", &program).unwrap();
    let entered = place.enter(&["dir"]);
    let mut running = Command::new(&program).arg("60").spawn().unwrap();
    fs::write(place.at("dir/file"), "other").unwrap();
    let error = failed();
    let ended = entered.exit(Err(error.clone())).unwrap_err();
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(ended.is_same(&error));
    assert_eq!(fs::read_to_string(place.at("dir/file")).unwrap(), "content of dir/file");
}

#[test]
fn no_paths_are_a_bad_argument() {
    assert!(enter(rollback, ()).unwrap_err().is("invalid-argument:paths"));
}
