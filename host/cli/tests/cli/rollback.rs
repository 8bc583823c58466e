//! `rollback`, end to end: what depends on how directories were granted.

use std::fs;

use crate::place::Place;

/// A file `rr/x/f`.
fn nested() -> Place {
    let place = Place::new();
    fs::create_dir_all(place.path().join("rr/x")).unwrap();
    place.file("rr/x/f", "old")
}

/// Removes `removed` in a command that fails, and expects that all is as it was.
#[track_caller]
fn check(grants: &[&str], path: &str, removed: &str) {
    let place = nested();
    let options: Vec<_> = grants.iter().flat_map(|grant| ["--dir", grant]).collect();
    let manager = format!("rollback(\"{path}\")");
    place.with(&[&options[..], &[&manager]].concat(), &format!("rm -r {removed}; false")).is(1, "");
    place.holds_only(&["rr", "rr/x", "rr/x/f"]);
    assert_eq!(place.text("rr/x/f"), "old");
}

#[test]
fn a_slash_at_the_end_of_a_grant_makes_no_difference() {
    for grant in ["rr", "rr/", "rr//", "./rr/"] {
        check(&[grant], if grant == "./rr/" { "./rr/x" } else { "rr/x" }, "rr/x");
    }
    check(&["."], "rr/x/", "rr/x");
}

#[test]
fn a_directory_that_is_itself_granted_is_made_again() {
    for grants in [["rr/x", "."], [".", "rr/x"], ["rr/x/", "./"], ["rr", "rr/x"], ["rr", "."]] {
        check(&grants, "rr/x", "rr/x");
    }
    check(&[".", "rr/x"], "rr", "rr");
    check(&[".", "rr", "rr/x"], "rr/x", "rr");
}

#[test]
fn a_grant_under_the_name_of_another_directory_is_what_is_restored() {
    let place = nested().folder("other").file("other/f", "old");
    let grants = ["--dir", ".", "--dir", "other::rr/x", "rollback(\"rr/x\")"];
    place.with(&grants, "echo new > other/f; echo new > rr/x/f; false").is(1, "");
    assert_eq!((place.text("other/f").as_str(), place.text("rr/x/f").as_str()), ("old", "new\n"));
}

/// `\377` is no UTF-8.
const UNNAMED: &str = "$(printf '\\377')";

#[test]
fn a_name_that_is_not_utf8_does_not_keep_the_rest_of_a_tempdir() {
    let place = Place::new();
    let script = format!("cd $DIR && mkdir d && touch a b c d/{UNNAMED} d/1 d/2 d/z y z");
    let ran = place.with(&["--dir", ".", "tempdir(\"t-\") as DIR"], &script);
    ran.says(112, &["/d`: it has a file in it whose name is not UTF-8, which a plugin cannot handle"]);
    assert_eq!(place.names().len(), 3, "the tempdir, its directory, and the file: {:?}", place.names());
}

#[test]
fn a_name_that_is_not_utf8_does_not_keep_rollback_from_the_rest() {
    let place = nested();
    let script = format!("cd rr/x && touch 1 2 {UNNAMED} 3 4; echo new > f; false");
    let ran = place.with(&["--dir", ".", "rollback(\"rr\")"], &script);
    ran.says(112, &["cannot restore `rr/x`: it has a file in it whose name is not UTF-8"]);
    assert_eq!(place.text("rr/x/f"), "old");
    assert_eq!(fs::read_dir(place.path().join("rr/x")).unwrap().count(), 2);
    place
        .with(&["--dir", ".", "rollback(\"rr\")"], "touch ran")
        .says(112, &["cannot save `rr/x`: it has a file in it whose name is not UTF-8"]);
    assert!(!place.path().join("ran").exists());
}
