//! How arguments find their parameters.

use crate::place::Place;

#[test]
fn positional_arguments_fill_the_parameters_in_order() {
    let place = Place::new();
    let ran = place.with(&["--dir", ".", "tempdir(\"a-\", \".\") as DIR"], "echo $DIR");
    assert!(ran.stdout.starts_with("./a-") || ran.stdout.starts_with("a-"), "{ran:?}");
}

#[test]
fn named_arguments_may_follow_in_any_order() {
    let place = Place::new();
    let ran = place.with(&["--dir", ".", "tempdir(keep_on_error=true, prefix=\"b-\") as DIR"], "exit 3");
    ran.says(3, &["b-"]);
    assert_eq!(place.names().len(), 1, "it was kept");
}

#[test]
fn a_list_takes_all_arguments_that_are_left() {
    let place = Place::new().file("a", "old").file("b", "old");
    for paths in ["\"a\", \"b\"", "[\"a\", \"b\"]", "paths=[\"a\", \"b\"]"] {
        let ran = place.with(&["--dir", ".", &format!("rollback({paths})")], "echo new > a; rm b; exit 3");
        assert_eq!(ran.status, Some(3), "{ran:?}");
        assert_eq!((place.text("a"), place.text("b")), ("old".to_owned(), "old".to_owned()), "{paths}");
    }
}

#[test]
fn a_list_may_have_one_argument_or_none() {
    let place = Place::new();
    place.with(&["suppress(\"exit-status:3\")"], "exit 3").is(0, "");
    place.with(&["suppress([\"exit-status:3\"])"], "exit 3").is(0, "");
    place.with(&["suppress([\"exit-status:3\", \"exit-status:4\"])"], "exit 4").is(0, "");
}

#[test]
fn a_list_and_its_name_are_one_too_many() {
    let ran = Place::new().with(&["suppress(\"a\", kinds=[\"b\"])"], "exit 0");
    ran.says(110, &["the argument `kinds` is given twice"]);
}

#[test]
fn what_is_in_a_list_is_underlined_as_one_argument() {
    let ran = Place::new().with(&["suppress(\"a\", 5)"], "exit 0");
    ran.says(110, &["suppress(\"a\", 5)\n   ·          ───┬──\n"]);
}
