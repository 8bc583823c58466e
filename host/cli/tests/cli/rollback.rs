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
