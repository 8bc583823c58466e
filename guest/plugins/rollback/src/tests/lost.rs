//! What a recovery does besides restoring.

use std::fs;

use ambit_guest::testing::{enter, grant, json, on_leave, recover};
use ambit_guest::{Error, Result};

use super::Place;
use crate::left::{Left, Phase};
use crate::rollback;

/// What the host has of a scope whose body has run.
fn lost(place: &Place, paths: &[&str], body: impl FnOnce()) -> Left {
    let entered = place.enter(paths);
    body();
    let left = entered.checkpoint().unwrap();
    // It is gone, and nothing of it runs any more.
    std::mem::forget(entered);
    left
}

#[test]
fn what_is_left_names_paths_and_never_what_is_in_them() {
    let place = Place::new();
    for number in 0..500 {
        fs::write(place.at(&format!("dir/sub/{number}")), "").unwrap();
    }
    let root = place.at("");
    on_leave(move |state| {
        assert!(state.len() < 1000, "{} bytes: {state}", state.len());
        let left: Left = serde_json::from_str(state)?;
        let copies = fs::read_dir(&root)?.count() > 3;
        assert_eq!(copies, left.phase != Phase::Saving, "it is left before anything is made");
        Ok(())
    });
    place.enter(&["dir", "file"]).exit(Ok(())).unwrap();
}

#[test]
fn what_cannot_be_left_is_not_saved() {
    let full = || Err(Error::new("full", "the journal is full"));
    for phase in [Phase::Saving, Phase::Saved] {
        let place = Place::new();
        on_leave(
            move |state| if serde_json::from_str::<Left>(state)?.phase == phase { full() } else { Ok(()) },
        );
        assert!(enter(rollback, json!({"paths": [place.at("dir")]})).unwrap_err().is("full"));
        assert_eq!(place.copies().len(), 0);
    }
    // That the body completed is true all the same.
    let place = Place::new();
    on_leave(move |state| match serde_json::from_str::<Left>(state)?.phase {
        Phase::Discarding => full(),
        _ => Ok(()),
    });
    place.enter(&["dir"]).exit(Ok(())).unwrap();
    assert_eq!(place.copies().len(), 0);
}

#[test]
fn what_cannot_be_recovered_is_named_and_can_be_tried_again() -> Result {
    let place = Place::new();
    let before = place.scan(&["dir/file", "file"]);
    let left = lost(&place, &["dir/file", "file"], || {
        fs::write(place.at("file"), "other").unwrap();
        fs::rename(place.at("dir"), place.at("moved")).unwrap();
        fs::write(place.at("dir"), "in the way").unwrap();
    });
    let error = recover(rollback, &left).unwrap_err();
    assert!(error.is("rollback:incomplete"), "{error}");
    assert!(error.notes()[0].starts_with("the copies are kept: "), "{:?}", error.notes());
    assert_eq!(fs::read_to_string(place.at("file"))?, "content of file", "the other one is restored");
    fs::remove_file(place.at("dir"))?;
    fs::rename(place.at("moved"), place.at("dir"))?;
    recover(rollback, &left)?;
    assert_eq!(before, place.scan(&["dir/file", "file"]));
    assert_eq!(place.copies().len(), 0);
    Ok(())
}

#[test]
fn a_copy_that_did_not_reach_the_disk_does_not_take_the_place_of_the_file() {
    let place = Place::new();
    let left = lost(&place, &["dir/run"], || {
        let copies = place.names().into_iter().find(|name| name.ends_with("copies/run")).unwrap();
        fs::write(place.at(copies.to_str().unwrap()), "").unwrap();
    });
    recover(rollback, &left).unwrap();
    assert_eq!(fs::read_to_string(place.at("dir/run")).unwrap(), "content of dir/run");
    assert_eq!(place.copies().len(), 0);
}

#[test]
fn a_recovery_without_the_grant_is_refused_and_not_taken_for_done() {
    let place = Place::new();
    let left = lost(&place, &["file"], || fs::write(place.at("file"), "other").unwrap());
    grant(["/nowhere"]);
    assert!(recover(rollback, &left).unwrap_err().is("not-granted"));
    grant([place.at("")]);
    recover(rollback, &left).unwrap();
    assert_eq!(fs::read_to_string(place.at("file")).unwrap(), "content of file");
}

#[test]
fn scopes_in_one_another_are_recovered_from_the_inside_out() {
    let place = Place::new();
    let (before, names) = (place.scan(&["dir", "file"]), place.names());
    let outer = place.enter(&["dir"]);
    fs::write(place.at("dir/file"), "of the outer").unwrap();
    let inner = lost(&place, &["dir/sub", "file"], || {
        fs::write(place.at("dir/sub/deep"), "of the inner").unwrap();
        fs::write(place.at("file"), "of the inner").unwrap();
    });
    let left: Left = outer.checkpoint().unwrap();
    std::mem::forget(outer);
    recover(rollback, &inner).unwrap();
    recover(rollback, &left).unwrap();
    assert_eq!(before, place.scan(&["dir", "file"]));
    assert_eq!(names, place.names());
}
