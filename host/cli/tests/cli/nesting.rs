//! Managers nest from left to right.

use crate::place::{Place, Ran};

/// A manager that says when it enters and exits.
fn says(name: &str) -> String {
    let script = format!(
        r#"{{"before":[{{"log":"enter {name}"}}],"yields":1,"value":"{name}","handlers":[],"else":[],"finally":[{{"log":"exit {name}"}}]}}"#
    );
    format!("./scripted.wasm:scripted(\"{name}\", {script})")
}

#[test]
fn managers_enter_from_left_to_right_and_exit_from_right_to_left() {
    let place = Place::new().plugin("scripted.wasm", programs::SCRIPTED);
    let ran = place.with(&[&says("a"), &says("b")], "echo body >&2");
    assert_eq!(ran.status, Some(0));
    let words = ["enter a", "enter b", "body", "exit b", "exit a"];
    let at = words.map(|words| ran.stderr.find(words));
    assert!(at.is_sorted() && at.iter().all(Option::is_some), "{}", ran.stderr);
}

#[test]
fn one_manager_can_be_entered_twice() {
    let place = Place::new();
    let ran = place.with(&["--dir", ".", "tempdir(\"a-\") as A", "tempdir(\"b-\") as B"], "ls -d $A $B");
    assert_eq!((ran.status, ran.stdout.lines().count()), (Some(0), 2), "{}", ran.stderr);
    place.holds_only(&[]);
}

#[test]
fn an_inner_suppression_is_success_for_the_outer() {
    let place = Place::new();
    let ran =
        place.with(&["--dir", ".", "rollback(\"new\")", "suppress(\"exit-status\")"], "touch new; exit 3");
    ran.is(0, "");
    place.holds_only(&["new"]);
}

#[test]
fn an_outer_suppression_is_failure_for_the_inner() {
    let place = Place::new();
    let ran =
        place.with(&["--dir", ".", "suppress(\"exit-status\")", "rollback(\"new\")"], "touch new; exit 3");
    assert_eq!(ran.status, Some(0));
    place.holds_only(&[]);
}

#[test]
fn what_plugins_write_goes_to_stderr_as_they_write_it() {
    let place = Place::new().plugin("output.wasm", programs::OUTPUT);
    let ran = place.with(&["./output.wasm:says"], "echo body; echo body >&2");
    assert_eq!(ran.stdout, "body\n");
    let stderr = "enter, on stdout\nenter, on stderr\nbody\nexit, on stdout\nexit, on stderr\n";
    assert_eq!(ran.stderr, stderr);
}

#[test]
fn ambit_runs_inside_of_ambit() {
    let place = Place::new().script(
        "inner",
        "exec \"$AMBIT\" with --dir . 'tempdir(\"in-\")' -- sh -c 'ls -d in-* out-*; exit 3'",
    );
    let mut ambit = place.ambit();
    ambit.env("AMBIT", env!("CARGO_BIN_EXE_ambit"));
    let ran =
        Ran::of(ambit.args(["with", "--dir", ".", "tempdir(\"out-\")", "--", "./inner"]).output().unwrap());
    assert_eq!((ran.status, ran.stdout.lines().count()), (Some(3), 2), "{ran:?}");
    place.holds_only(&["inner"]);
}
