//! A scope that is lost at any change of the file system, and recovered.

use std::cell::RefCell;
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ambit_guest::Result;
use ambit_guest::testing::{grant, on_leave, recover};
use ambit_plugin_files::stop;
use serde_json::Value;

use super::tree::Tree;
use super::{Place, failed};
use crate::left::{Left, Phase};
use crate::rollback;

/// A scope that is lost.
#[derive(Clone)]
struct Case {
    paths: &'static [&'static str],
    /// What is granted besides the place.
    granted: &'static [&'static str],
    body: fn(&Place),
    ends: Result,
}

/// A scope that is stopped somewhere, in a place of its own.
struct Lost<'a> {
    case: &'a Case,
    place: Place,
    /// So that there is something that can be restored by its second name alone.
    _socket: UnixListener,
    before: Vec<Tree>,
    /// What the body left, if it ran.
    after: RefCell<Option<Vec<Tree>>>,
    /// What the host has.
    left: Rc<RefCell<Option<Value>>>,
}

impl<'a> Lost<'a> {
    fn new(case: &'a Case) -> Self {
        let place = Place::in_memory();
        let socket = UnixListener::bind(place.at("dir/sub/socket")).unwrap();
        grant(case.granted.iter().map(PathBuf::from).chain([place.at("")]));
        let before = place.scan(case.paths);
        let left: Rc<RefCell<Option<Value>>> = Rc::default();
        let own = Rc::clone(&left);
        on_leave(move |state| {
            stop::here();
            own.replace(Some(serde_json::from_str(state)?));
            Ok(())
        });
        Self { case, place, _socket: socket, before, after: RefCell::default(), left }
    }

    /// Runs until so many changes are done; whether that was to the end.
    fn run(&self, changes: usize) -> bool {
        let scope = || {
            let entered = self.place.enter(self.case.paths);
            (self.case.body)(&self.place);
            self.after.replace(Some(self.place.scan(self.case.paths)));
            entered.exit(self.case.ends.clone())
        };
        let ended = stop::after(changes, scope);
        if let (Some(Err(error)), Err(failed)) = (&ended, &self.case.ends) {
            assert!(error.is_same(failed), "{error} {:?}", error.members());
        }
        ended.is_some()
    }

    /// Recovers until so many changes are done; whether that was to the end.
    fn recover(&self, changes: usize) -> bool {
        let left = self.left.borrow().clone();
        let recovery = || left.map_or(Ok(()), |left| recover(rollback, left));
        stop::after(changes, recovery)
            .map(|recovered| match recovered {
                Ok(()) => {}
                Err(error) => panic!("{error} {:?}", error.members()),
            })
            .is_some()
    }

    fn phase(&self) -> Option<Phase> {
        let left = self.left.borrow().clone();
        left.map(|left| serde_json::from_value::<Left>(left).unwrap().phase)
    }

    /// Checks that all is as before, or as the body left it if it had completed, and that nothing of ours is left.
    #[track_caller]
    fn check(&self, ended: bool, at: &str) {
        let now = self.place.scan(self.case.paths);
        let done = self.case.ends.is_ok() && (ended || self.phase() == Some(Phase::Discarding));
        let expected = if done { self.after.borrow().clone().unwrap() } else { self.before.clone() };
        assert!(now == expected, "{at}, {:?}: {now:#?} is not {expected:#?}", self.phase());
        let mut ours: Vec<_> =
            self.place.names().into_iter().filter(|name| has(name, "ambit-rollback")).collect();
        // What others have there is none of ours.
        let mark = self.left.borrow().as_ref().map(|left| left["mark"].as_str().unwrap().to_owned());
        for entry in self.case.granted.iter().flat_map(|folder| fs::read_dir(folder).unwrap()) {
            let name = PathBuf::from(entry.unwrap().file_name());
            ours.extend(mark.as_ref().filter(|mark| has(&name, mark)).map(|_| name.clone()));
        }
        assert_eq!(ours, [""; 0].map(Path::new), "{at}, {:?}", self.phase());
    }
}

fn has(path: &Path, part: &str) -> bool {
    path.to_string_lossy().contains(part)
}

/// What a body does.
fn mess(place: &Place) {
    fs::write(place.at("file"), "other").unwrap();
    fs::write(place.at("dir/file"), "a".repeat(100_000)).unwrap();
    fs::remove_file(place.at("dir/run")).unwrap();
    fs::remove_dir_all(place.at("dir/sub")).unwrap();
    fs::create_dir_all(place.at("dir/new/a")).unwrap();
    fs::write(place.at("dir/new/file"), "new").unwrap();
    fs::remove_file(place.at("dir/link")).unwrap();
    fs::write(place.at("dir/link"), "no link").unwrap();
    fs::write(place.at("none"), "new").unwrap();
}

/// What a body does that looks for everything to remove.
fn raze(place: &Place) {
    for name in ["dir", "file", "empty"] {
        let _ = fs::remove_dir_all(place.at(name)).or_else(|_| fs::remove_file(place.at(name)));
    }
}

/// What a body does that removes the second names, and writes to a file.
fn unlink(place: &Place) {
    for folder in place.copies() {
        let _ = fs::remove_dir_all(place.0.path().join(folder.with_file_name("originals")));
    }
    fs::write(place.at("dir/run"), "other").unwrap();
    fs::write(place.at("file"), "other").unwrap();
}

fn fails(paths: &'static [&'static str], body: fn(&Place)) -> Case {
    Case { paths, granted: &[], body, ends: Err(failed()) }
}

fn completes(paths: &'static [&'static str]) -> Case {
    Case { paths, granted: &[], body: mess, ends: Ok(()) }
}

/// Loses a scope at each change, and recovers it; the recovery is lost at each change, too, if `twice`.
#[track_caller]
fn check(case: &Case, twice: bool) {
    for changes in 0.. {
        let mut cut = 0;
        let ended = loop {
            let lost = Lost::new(case);
            let ended = lost.run(changes);
            let at = format!("stopped after {changes} changes");
            if ended {
                lost.check(true, &at);
                break true;
            }
            let at = format!("{at}, and {cut} of the recovery");
            let recovered = twice && lost.recover(cut);
            assert!(recovered || lost.recover(usize::MAX));
            lost.check(false, &at);
            assert!(lost.recover(usize::MAX), "once more, after all was done");
            lost.check(false, &at);
            if recovered || !twice {
                break false;
            }
            cut += 1;
        };
        if ended {
            assert!(changes > 20, "only {changes} changes");
            return;
        }
    }
}

#[test]
fn lost_at_any_change_it_is_recovered() {
    check(&fails(&["dir", "file", "none"], mess), false);
    check(&fails(&["dir/sub/deep", "dir/run"], mess), false);
}

#[test]
fn lost_at_any_change_after_a_body_that_completed_what_that_did_stays_once_it_is_said() {
    check(&completes(&["dir", "file", "none"]), false);
}

#[test]
fn lost_after_the_removal_of_the_copies_beside_a_path_it_is_recovered_from_those_further_out() {
    check(&fails(&["dir/sub/deep", "dir/run"], raze), false);
}

#[test]
fn lost_after_the_removal_of_the_second_names_it_is_recovered_in_the_same_files() {
    check(&fails(&["dir/run", "file"], unlink), true);
}

#[test]
fn a_granted_directory_itself_is_recovered_with_its_date() {
    check(&Case { granted: &["/tmp"], ..fails(&["."], raze) }, false);
}

#[test]
fn a_recovery_that_is_itself_lost_at_any_change_is_recovered() {
    check(&fails(&["dir/sub", "dir/link", "none"], mess), true);
    check(&completes(&["file", "none"]), true);
}

#[test]
fn what_a_person_restored_meanwhile_is_recovered_too() {
    let case = fails(&["dir/run"], |place| fs::write(place.at("dir/run"), "other").unwrap());
    let mut met = 0;
    for changes in 0.. {
        let lost = Lost::new(&case);
        let ended = lost.run(changes);
        if ended {
            break;
        }
        if lost.place.names().iter().any(|name| has(name, "-next")) {
            met += 1;
            fs::write(lost.place.at("dir/run"), "content of dir/run").unwrap();
        }
        assert!(lost.recover(usize::MAX));
        lost.check(false, &format!("stopped after {changes} changes"));
    }
    assert!(met > 0, "it was never stopped ahead of a replacement");
}
