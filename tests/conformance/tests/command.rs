//! The program: what it prints, and its status.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const SYNC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sync.json");
const NESTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/nested.json");

/// A recording of one scenario, whose program logs once and ends with `end`.
fn recording(end: &str) -> String {
    format!(
        r#"[{{"id": 7, "managers": {{}}, "program": [{{"log": "here"}}],
             "expected": {{"trace": ["body: here"], "end": {end}}}}}]"#
    )
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_conformance")).args(arguments).output().unwrap()
}

fn run_on(text: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.json");
    fs::write(&path, text).unwrap();
    run(&[&[path.to_str().unwrap()], arguments].concat())
}

#[track_caller]
fn check(output: &Output, status: i32, last_line: &str) {
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(stdout.lines().last(), Some(last_line), "{output:?}");
    assert_eq!(output.status.code(), Some(status), "{output:?}");
}

#[track_caller]
fn check_refused(output: &Output, said: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains(said), "{stderr}");
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

#[test]
fn it_closes_with_the_tally() {
    check(&run(&[SYNC, "--native"]), 0, "1000 passed, 0 failed, 0 skipped");
    check(&run_on(&recording("\"completed\""), &[]), 0, "1 passed, 0 failed, 0 skipped");
}

#[test]
fn managers_are_played_under_the_isolation_that_is_named() {
    for policy in ["lease", "fresh", "shared"] {
        let output = run(&[SYNC, "--isolation", policy]);
        check(&output, 0, "931 passed, 0 failed, 69 skipped");
    }
    check_refused(&run(&[SYNC, "--isolation", "none"]), "[possible values: lease, fresh, shared]");
}

#[test]
fn several_recordings_or_guests_make_a_table() {
    let output = run(&[SYNC, NESTED, "--guest", "rust"]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let row = "| Rust | 931 passed, 0 failed, 69 skipped | 480 passed, 0 failed, 0 skipped |";
    assert!(stdout.contains(row), "{stdout}");
    assert!(stdout.contains("- Rust: a `Scope` is used up by its yield"), "{stdout}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_guest_that_there_is_not_is_refused_with_those_that_there_are() {
    check_refused(&run(&[SYNC, "--guest", "pyton"]), "rust, python, js, c, zig, mixed, all");
}

#[test]
fn a_plugin_by_its_path_plays_too() {
    let output = run(&[NESTED, "--guest", programs::SCRIPTED]);
    check(&output, 0, "480 passed, 0 failed, 0 skipped");
}

#[test]
fn a_second_yield_that_cpython_did_not_come_to_is_no_excuse() {
    let again = r#"[{"id": 7, "managers": {"a": {"before": [{"log": "\u0000"}]}}, "program": [{"with": {"manager": "a", "body": []}}],
                     "expected": {"trace": [], "end": "completed"}}]"#;
    check(&run_on(again, &[]), 1, "0 passed, 1 failed, 0 skipped");
}

#[test]
fn a_difference_is_shown_side_by_side_and_makes_the_status_1() {
    let output = run_on(&recording(r#"{"error": []}"#), &[]);
    check(&output, 1, "0 passed, 1 failed, 0 skipped");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("scenario 7"), "{stdout}");
    assert!(stdout.contains("  !            | = completed"), "{stdout}");
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    check_refused(&run(&["no/such.json"]), "the recording `no/such.json` cannot be read");
    assert!(!Path::new("no/such.json").exists());
}

#[test]
fn a_file_that_is_no_json_is_refused_with_its_place() {
    check_refused(&run_on("[{\n]", &[]), "line 2");
}

#[test]
fn a_file_that_is_no_recording_is_refused() {
    check_refused(&run_on("{\"id\": 7}", &[]), "is no recording");
    check_refused(&run_on("[{\"id\": 7}]", &[]), "missing field `managers`");
}

#[test]
fn a_statement_that_there_is_not_is_refused() {
    let text = recording("\"completed\"").replace("\"log\": \"here\"", "\"jump\": 1");
    check_refused(&run_on(&text, &[]), "unknown variant `jump`");
}
