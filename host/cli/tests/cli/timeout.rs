//! How long a command may take.

use crate::golden;
use crate::place::Place;
use crate::running::{DIES, Running, floods, tells};

#[test]
fn a_command_that_takes_too_long_is_told_to_stop() {
    let place = Place::new().script("command", DIES.strip_prefix("echo ready; ").unwrap());
    let running = Running::start({
        let mut command = place.ambit();
        command.args(["with", "--timeout", "300ms", "--dir", ".", "tempdir", "--", "./command"]);
        command
    });
    let arguments = ["with", "--timeout", "300ms", "--dir", ".", "tempdir", "--", "./command"];
    golden::compare("timeout", &place, &arguments, &running.ends());
    place.holds_only(&["command"]);
}

#[test]
fn that_the_time_is_over_is_told_once_with_the_notes_of_managers() {
    let place = Place::new().script("command", "exec cat").plugin("answers.wasm", programs::ANSWERS);
    let notes = "./answers.wasm:notes(\"look at the log\")";
    let arguments = ["with", "--timeout", "300ms", notes, "--", "./command"];
    let mut command = place.ambit();
    command.args(arguments);
    golden::compare("timeout-note", &place, &arguments, &Running::start(command).ends());
}

#[test]
fn a_command_whose_time_is_over_is_rolled_back_though_it_ended_with_0() {
    let tells = tells().replace("exit 9", "exit 0");
    let place = Place::new().script("command", &format!("echo new > file; {tells}")).file("file", "old");
    let running = Running::ready(&place, &["--timeout", "300ms", "rollback(\"file\")"]);
    let ran = running.ends();
    ran.says(124, &["the command took longer than its budget of 300ms"]);
    assert_eq!((ran.stdout.as_str(), place.text("file").as_str()), ("TERM\n", "old"));
}

#[test]
fn that_the_time_is_over_is_not_suppressed() {
    let place = Place::new().script("command", DIES).plugin("answers.wasm", programs::ANSWERS);
    let managers = ["suppress(\"timed-out\")", "./answers.wasm:suppresses"];
    let running = Running::ready(&place, &[&["--timeout", "300ms"], &managers[..]].concat());
    running.ends().says(124, &["`suppresses` wanted to suppress what it may not"]);
}

#[test]
fn a_command_that_takes_too_long_and_does_not_end_is_killed() {
    let place = Place::new().script("command", "trap '' TERM; echo ready; exec cat");
    let running = Running::ready(&place, &["--timeout", "300ms", "--grace", "300ms", "tempdir"]);
    let told = ["did not end within its grace of 300ms, and was killed", "longer than its budget of 300ms"];
    running.ends().says(124, &told);
    place.holds_only(&["command"]);
}

#[test]
fn a_command_that_ends_in_time_is_not_told_anything() {
    Place::new().with(&["--timeout", "1h", "tempdir(parent=\"/\")", "--dir", ".::/"], "exit 3").is(3, "");
}

#[test]
fn the_time_begins_when_the_command_starts() {
    let place = Place::new().plugin("scripted.wasm", programs::SCRIPTED);
    let timeout = ["with", "--timeout", "2s"];
    let mut command = place.ambit();
    command.args([&timeout[..], &[&floods("before"), "--", "true"]].concat());
    let entering = Running::start(command);
    // The time goes by while the first waits to be read.
    let mut command = place.ambit();
    command.args([&timeout[..], &["suppress", "--", "cat"]].concat());
    assert_eq!(Running::start(command).ends().status, Some(124));
    assert_eq!(entering.ends().status, Some(0));
}
