//! What managers may do to errors that are not theirs.

use crate::golden;
use crate::place::Place;

const SUPPRESSES: &str = "suppress(\"exit-status\")";

#[test]
fn a_manager_that_may_not_suppress_does_not_and_that_is_told() {
    let arguments = ["with", "--no-suppress", SUPPRESSES, "--", "sh", "-c", "exit 3"];
    assert_eq!(golden::check("policy-suppress", &Place::new(), &arguments).status, Some(3));
}

#[test]
fn only_errors_of_the_named_kinds_are_suppressed() {
    let place = Place::new();
    let only = ["--suppress-only", "exit-status:3", "--suppress-only", "exit-status:4", SUPPRESSES];
    place.with(&only, "exit 3").is(0, "");
    place.with(&only, "exit 4").is(0, "");
    place.with(&only, "exit 5").says(5, &["`suppress` wanted to suppress what it may not"]);
    place.with(&["--suppress-only", "exit-status", SUPPRESSES], "exit 5").is(0, "");
}

#[test]
fn a_manager_that_may_not_replace_does_not_and_its_error_is_told() {
    let place = Place::new().plugin("answers.wasm", programs::ANSWERS);
    let arguments = ["with", "--no-replace", "./answers.wasm:replaces", "--", "sh", "-c", "exit 3"];
    assert_eq!(golden::check("policy-replace", &place, &arguments).status, Some(3));
    place.with(&["--no-replace", "./answers.wasm:suppresses"], "exit 3").is(0, "");
    place.with(&["--no-suppress", "./answers.wasm:replaces"], "exit 3").says(112, &["while handling"]);
}

#[test]
fn an_error_of_a_manager_after_a_command_that_succeeded_takes_nobodys_place() {
    let place = Place::new().plugin("answers.wasm", programs::ANSWERS);
    place.with(&["--no-replace", "--no-suppress", "./answers.wasm:raises_after"], "exit 0").says(112, &[]);
}

#[test]
fn nothing_and_something_to_suppress_is_a_wrong_command_line() {
    let both = ["--no-suppress", "--suppress-only", "exit-status", SUPPRESSES];
    Place::new().with(&both, "exit 3").says(110, &["cannot be used with"]);
    for kind in ["", "exit status"] {
        let ran = Place::new().with(&["--suppress-only", kind, SUPPRESSES], "exit 3");
        ran.says(110, &["a kind is one word: `exit-status`"]);
    }
}
