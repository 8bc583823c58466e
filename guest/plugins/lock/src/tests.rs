//! The manager as a whole, natively, on real files.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Mutex;
use std::thread;

use ambit_guest::testing::grant;
use ambit_guest::testing::{Entered, enter, json, on_leave, raised, recover};
use ambit_guest::{Error, Family, Result};
use tempfile::TempDir;

use super::lock;
use crate::folder::Disk;
use crate::left::Left;
use crate::protocol::{Attempt, Lock, Release, Step};
use crate::record::{Record, State};

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("deploy")
    }

    fn lock(&self, more: impl serde::Serialize) -> Result<Entered> {
        let mut arguments = serde_json::to_value(more).unwrap();
        arguments["path"] = json!(self.path());
        enter(lock, arguments)
    }

    fn write(&self, record: &Record) {
        fs::write(self.path(), record.text()).unwrap();
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

/// A lock of 1970, whose holder is dead.
fn old() -> Record {
    Record::new("ghost", "old".to_owned(), 0)
}

#[test]
fn the_file_says_who_while_the_body_runs_and_is_gone_afterwards() {
    let place = Place::new();
    let entered = place.lock(json!({"holder": "alice"})).unwrap();
    let value: serde_json::Value = entered.value();
    let State::Held(record) = State::read(&fs::read_to_string(place.path()).unwrap()) else { panic!() };
    assert_eq!(record.holder, "alice");
    assert_eq!(value, json!({"path": place.path(), "token": record.token, "taken_from": null}));
    assert_eq!(place.files(), ["deploy"], "nothing else lies beside it");
    entered.exit(Ok(())).unwrap();
    assert_eq!(place.files(), [] as [&str; 0]);
}

#[test]
fn held_by_another_it_says_by_whom_and_since_when() {
    let place = Place::new();
    let first = place.lock(json!({"holder": "alice"})).unwrap();
    let error = place.lock(json!({})).unwrap_err();
    assert_eq!(error.kinds(), ["rust:ambit_lock::Held", "lock:held", "lock"]);
    let start = format!("`{}` is held by `alice` since 20", place.path().display());
    assert!(error.message().starts_with(&start), "{error}");
    first.exit(Ok(())).unwrap();
    place.lock(json!({})).unwrap().exit(Ok(())).unwrap();
}

#[test]
fn a_wait_that_is_over_is_a_time_out() {
    let place = Place::new();
    let _first = place.lock(json!({})).unwrap();
    let error = place.lock(json!({"wait": 0.02})).unwrap_err();
    assert!(error.is("timed-out") && error.is("lock:held"));
}

#[test]
fn a_wait_ends_once_the_lock_is_released() {
    let place = Place::new();
    let path = place.path();
    let disk = || Lock::new(Disk(place.0.path().to_owned()), "deploy".to_owned());
    let leave = |_: Step<'_>| Ok::<_, Error>(());
    let own = Record::new("", "other".to_owned(), 0);
    assert_eq!(disk().attempt(&own, |_| false, leave).unwrap(), Attempt::Taken { from: None });
    thread::scope(|scope| {
        let waiting =
            scope.spawn(|| enter(lock, json!({"path": path, "wait": 60})).unwrap().exit(Ok(())).is_ok());
        assert_eq!(disk().release(&own, leave, || false).unwrap(), Release::Released);
        assert!(waiting.join().unwrap());
    });
}

#[test]
fn it_is_released_after_a_failure_and_the_error_goes_on() {
    let place = Place::new();
    let failed = Error::new("not-found", "gone");
    let cancelled = raised(Family::Cancelled, "interrupted", "SIGINT");
    for error in [failed, cancelled] {
        let ended = place.lock(json!({})).unwrap().exit(Err(error.clone()));
        assert!(ended.unwrap_err().is_same(&error));
        assert!(error.notes().is_empty());
        assert_eq!(place.files(), [] as [&str; 0]);
    }
}

#[test]
fn given_up_it_is_released() {
    let place = Place::new();
    drop(place.lock(json!({})).unwrap());
    assert_eq!(place.files(), [] as [&str; 0]);
}

#[test]
fn an_old_lock_is_held_unless_it_may_be_stale() {
    let place = Place::new();
    place.write(&old());
    let error = place.lock(json!({})).unwrap_err();
    assert!(error.message().contains("is held by `ghost` since 1970-01-01 00:00:00 UTC"), "{error}");
    place.lock(json!({"stale_after": 1e10})).unwrap_err();
    let entered = place.lock(json!({"stale_after": 3600})).unwrap();
    let value: serde_json::Value = entered.value();
    assert_eq!(value["taken_from"], json!({"holder": "ghost", "since": "1970-01-01 00:00:00 UTC"}));
    assert_eq!(place.files(), ["deploy"]);
    entered.exit(Ok(())).unwrap();
    assert_eq!(place.files(), [] as [&str; 0]);
}

#[test]
fn a_lock_that_was_taken_over_is_lost_and_not_removed() {
    let place = Place::new();
    let first = place.lock(json!({})).unwrap();
    let second = place.lock(json!({"stale_after": 0, "holder": "bob"})).unwrap();
    let error = first.exit(Ok(())).unwrap_err();
    assert!(error.is("lock:lost"));
    assert!(error.message().contains("it is held by `bob`"), "{error}");
    assert_eq!(place.files(), ["deploy"]);
    second.exit(Ok(())).unwrap();
}

#[test]
fn a_lock_that_was_lost_is_a_note_of_the_bodys_error() {
    let place = Place::new();
    let entered = place.lock(json!({})).unwrap();
    fs::remove_file(place.path()).unwrap();
    let failed = Error::new("not-found", "gone");
    assert!(entered.exit(Err(failed.clone())).unwrap_err().is_same(&failed));
    assert!(failed.notes()[0].contains("was lost while the body ran: it was removed"));
}

#[test]
fn a_folder_that_was_removed_takes_the_lock_with_it() {
    let place = Place::new();
    let entered = place.lock(json!({})).unwrap();
    fs::remove_dir_all(place.0.path()).unwrap();
    assert!(entered.exit(Ok(())).unwrap_err().is("lock:lost"));
}

#[test]
fn a_file_that_is_no_lock_is_left_alone() {
    let place = Place::new();
    fs::write(place.path(), "precious").unwrap();
    let error = place.lock(json!({"stale_after": 0})).unwrap_err();
    assert!(error.is("lock:foreign") && error.is("already-exists"));
    assert_eq!(fs::read_to_string(place.path()).unwrap(), "precious");
    fs::remove_file(place.path()).unwrap();
    fs::create_dir(place.path()).unwrap();
    assert!(place.lock(json!({"stale_after": 0})).unwrap_err().is("lock:foreign"));
    fs::remove_dir(place.path()).unwrap();
    std::os::unix::fs::symlink("nowhere", place.path()).unwrap();
    assert!(place.lock(json!({"stale_after": 0})).unwrap_err().is("lock:foreign"));
}

#[test]
fn a_takeover_or_a_release_that_died_is_named_and_what_it_names_helps() {
    let place = Place::new();
    place.write(&old());
    fs::write(place.0.path().join(".deploy.old.claim"), "").unwrap();
    let error = place.lock(json!({"stale_after": 1})).unwrap_err();
    assert!(error.is("lock:held"));
    assert!(error.notes()[0].contains(".deploy.old.claim"), "{:?}", error.notes());
    let said = "left by somebody who died while taking the lock over or releasing it";
    assert!(error.notes()[0].contains(said), "{:?}", error.notes());
    for file in [".deploy.old.claim", "deploy"] {
        fs::remove_file(place.0.path().join(file)).unwrap();
    }
    place.lock(json!({})).unwrap().exit(Ok(())).unwrap();
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = enter(lock, json!({"path": "/nowhere/deploy"})).unwrap_err();
    assert!(error.is("not-found"));
    assert!(error.message().starts_with("cannot create `/nowhere/deploy`: "), "{error}");
}

#[test]
fn a_path_in_no_granted_directory_is_refused() {
    let place = Place::new();
    grant(["."]);
    let error = place.lock(json!({})).unwrap_err();
    assert_eq!(error.detail("not-granted"), Some(format!("dir:{}", place.0.path().display()).as_str()));
}

#[test]
fn bad_arguments_are_named() {
    for (arguments, name) in [
        (json!({}), "path"),
        (json!({"path": ""}), "path"),
        (json!({"path": "."}), "path"),
        (json!({"path": "a/../b"}), "path"),
        (json!({"path": "a", "wait": -1}), "wait"),
        (json!({"path": "a", "stale_after": -1}), "stale_after"),
    ] {
        let error = enter(lock, arguments).unwrap_err();
        assert_eq!(error.detail("invalid-argument"), Some(name), "{error}");
    }
}

#[test]
fn of_many_threads_one_is_inside() {
    const THREADS: usize = 8;
    let place = Place::new();
    let (path, inside) = (place.path(), Mutex::new(()));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..10 {
                    let entered = enter(lock, json!({"path": path, "wait": 60})).unwrap();
                    drop(inside.try_lock().expect("nobody else is inside"));
                    entered.exit(Ok(())).unwrap();
                }
            });
        }
    });
    assert_eq!(place.files(), [] as [&str; 0]);
}

#[test]
fn a_stale_lock_is_taken_over_once_by_many_threads() {
    let place = Place::new();
    for _ in 0..20 {
        place.write(&old());
        let path = place.path();
        let taken = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        match enter(lock, json!({"path": path, "wait": 60, "stale_after": 3600})) {
                            Ok(entered) => {
                                let value: serde_json::Value = entered.value();
                                entered.exit(Ok(())).unwrap();
                                usize::from(!value["taken_from"].is_null())
                            }
                            Err(error) => panic!("{error}"),
                        }
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(taken, 1);
    }
    assert_eq!(place.files(), [] as [&str; 0]);
}

#[test]
fn lost_while_the_body_runs_it_is_released() {
    let place = Place::new();
    let lost = place.lock(json!({})).unwrap();
    let left: Left = lost.checkpoint().unwrap();
    for _ in 0..2 {
        recover(lock, &left).unwrap();
        assert_eq!(place.files(), [] as [&str; 0]);
    }
    place.lock(json!({})).unwrap().exit(Ok(())).unwrap();
}

#[test]
fn it_says_what_it_will_make_before_anything_is_there() {
    let place = Place::new();
    let folder = place.0.path().to_owned();
    on_leave(move |state| {
        assert_eq!(fs::read_dir(&folder)?.count(), 0);
        // Lost right here, there is nothing to release.
        recover(lock, serde_json::from_str::<Left>(state)?)
    });
    place.lock(json!({})).unwrap().exit(Ok(())).unwrap();
}

#[test]
fn what_cannot_be_left_is_not_taken() {
    let place = Place::new();
    on_leave(|_| Err(Error::new("full", "the journal is full")));
    assert!(place.lock(json!({})).unwrap_err().is("full"));
    assert_eq!(place.files(), [] as [&str; 0]);
    // Nor is a stale one taken over that could not be announced.
    place.write(&old());
    on_leave(|state| match serde_json::from_str::<Left>(state)?.claims {
        Some(_) => Err(Error::new("full", "the journal is full")),
        None => Ok(()),
    });
    assert!(place.lock(json!({"stale_after": 1})).unwrap_err().is("full"));
    assert_eq!(place.files(), ["deploy"]);
}

#[test]
fn a_recovery_does_not_remove_the_lock_of_the_next() {
    let place = Place::new();
    let lost = place.lock(json!({})).unwrap();
    let left: Left = lost.checkpoint().unwrap();
    let next = place.lock(json!({"stale_after": 0})).unwrap();
    recover(lock, &left).unwrap();
    assert_eq!(place.files(), ["deploy"]);
    next.exit(Ok(())).unwrap();
    fs::write(place.path(), "precious").unwrap();
    recover(lock, &left).unwrap();
    assert_eq!(fs::read_to_string(place.path()).unwrap(), "precious");
}

#[test]
fn lost_while_it_waits_it_leaves_nothing() {
    let place = Place::new();
    let first = place.lock(json!({})).unwrap();
    let left: Rc<RefCell<Option<Left>>> = Rc::default();
    let own = Rc::clone(&left);
    on_leave(move |state| {
        *own.borrow_mut() = Some(serde_json::from_str(state)?);
        Ok(())
    });
    place.lock(json!({"wait": 0.02})).unwrap_err();
    // The draft of an attempt that was cut.
    let left = left.take().unwrap();
    fs::write(place.0.path().join(format!(".deploy.{}", left.token)), "").unwrap();
    recover(lock, &left).unwrap();
    assert_eq!(place.files(), ["deploy"]);
    first.exit(Ok(())).unwrap();
}

#[test]
fn a_takeover_that_was_cut_is_withdrawn() {
    let place = Place::new();
    place.write(&old());
    let claim = place.0.path().join(".deploy.old.claim");
    let left =
        Left { path: place.path(), token: "new".to_owned(), claims: Some("old".to_owned()), bare: false };
    fs::write(&claim, Record::new("", "new".to_owned(), 0).text()).unwrap();
    recover(lock, &left).unwrap();
    assert_eq!(place.files(), ["deploy"]);
    // Another's claim is not ours to withdraw.
    fs::write(&claim, Record::new("", "other".to_owned(), 0).text()).unwrap();
    recover(lock, &left).unwrap();
    assert!(claim.exists());
}

#[test]
fn a_recovery_that_cannot_release_it_says_what_is_in_the_way() {
    let place = Place::new();
    place.write(&old());
    fs::write(place.0.path().join(".deploy.old.claim"), Record::new("", "new".to_owned(), 0).text()).unwrap();
    let left = Left { path: place.path(), token: "old".to_owned(), claims: None, bare: false };
    let error = recover(lock, &left).unwrap_err();
    assert!(
        error.is("lock:lost") && error.notes()[0].contains(".deploy.old.claim"),
        "{error} {:?}",
        error.notes()
    );
    fs::write(place.path(), "").unwrap();
    let error = recover(lock, Left { bare: true, ..left }).unwrap_err();
    assert!(error.is("lock:unwritten") && error.message().contains("deploy`"), "{error}");
    assert!(place.path().exists());
}

#[test]
fn a_recovery_without_the_grant_is_refused_and_not_taken_for_done() {
    let place = Place::new();
    let left: Left = place.lock(json!({})).unwrap().checkpoint().unwrap();
    grant(["."]);
    assert!(recover(lock, &left).unwrap_err().is("not-granted"));
    let odd = Left { path: "deploy".into(), token: "../../a".to_owned(), ..left };
    assert!(recover(lock, &odd).unwrap_err().is("invalid-argument:state"));
}
