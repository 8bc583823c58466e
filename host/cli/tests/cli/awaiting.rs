//! Managers that await, beside others: what `ambit with` does with them it does with any.

use std::io::BufRead;

use nix::sys::signal::Signal;

use crate::golden;
use crate::place::Place;
use crate::running::{DIES, Running, comes};

fn awaits() -> Place {
    Place::new().plugin("awaits.wasm", programs::AWAITS).plugin("scripted.wasm", programs::SCRIPTED)
}

/// A manager that does not await, and says when it enters and exits.
fn says(name: &str) -> String {
    let script = r#"{"before":[{"log":"enter"}],"yields":1,"value":"","handlers":[],"else":[],"finally":[{"log":"exit"}]}"#;
    format!("./scripted.wasm:scripted(\"{name}\", {script})")
}

fn tells(name: &str) -> String {
    format!("./awaits.wasm:tells(\"{name}\")")
}

#[test]
fn managers_of_both_kinds_nest_from_left_to_right() {
    let ran = awaits().with(&[&tells("a"), &says("b"), &tells("c")], "echo body >&2; exit 3");
    let said = "a: enter\na: entered\nb: enter\nc: enter\nc: entered\nbody\n\
        c: exit, exit-status\nc: exited\nb: exit\na: exit, exit-status\na: exited\n";
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(3), said));
}

#[test]
fn the_value_of_a_manager_that_awaits_is_a_variable() {
    awaits().with(&["./awaits.wasm:sleeps(20, 20) as WAITED"], "echo $WAITED").is(0, "20\n");
}

#[test]
fn one_that_awaits_suppresses_what_it_may() {
    let place = awaits();
    place.with(&["./awaits.wasm:suppresses"], "exit 3").is(0, "");
    place
        .with(&["--no-suppress", "./awaits.wasm:suppresses"], "exit 3")
        .says(3, &["`suppresses` wanted to suppress what it may not"]);
}

#[test]
fn a_command_that_takes_too_long_is_cancelled_and_exits_come_to_their_end() {
    let place = awaits().script("command", DIES);
    let [a, b, c] = [tells("a"), says("b"), tells("c")];
    let ran = Running::ready(&place, &["--timeout", "300ms", "tempdir", &a, &b, &c]).ends();
    let exits =
        "c: exit, interrupted, cancelled\nc: exited\nb: exit\na: exit, interrupted, cancelled\na: exited\n";
    ran.says(124, &[exits, "the command took longer than its budget of 300ms"]);
    place.holds_only(&["awaits.wasm", "command", "scripted.wasm"]);
}

#[test]
fn a_signal_cancels_the_command_and_further_ones_skip_no_exit() {
    let place = awaits().script("command", DIES);
    let mut running =
        Running::ready(&place, &["tempdir", &tells("a"), "./awaits.wasm:sleeps(0, 500)", &tells("c")]);
    running.is_sent(Signal::SIGTERM);
    let mut said = String::new();
    while !said.contains("c: exited") {
        assert_ne!(running.stderr.read_line(&mut said).unwrap(), 0, "{said}");
    }
    // By now `sleeps` is exited, or is about to be.
    running.is_sent(Signal::SIGINT);
    running.is_sent(Signal::SIGTERM);
    let ran = running.ends();
    let (answers, exits): (Vec<_>, Vec<_>) = ran
        .stderr
        .lines()
        .partition(|line| line.contains("exits: `ambit` ends when") || line.contains("--exit-budget"));
    assert_eq!((ran.status, exits), (Some(143), vec!["a: exit, interrupted, cancelled", "a: exited"]));
    assert!(answers.len() <= 4, "{answers:?}");
    place.holds_only(&["awaits.wasm", "command", "scripted.wasm"]);
}

#[test]
fn an_enter_that_waits_for_ever_ends_with_its_budget() {
    let place = awaits();
    let arguments = ["--enter-budget", "300ms", "--dir", ".", "tempdir", "./awaits.wasm:never(true)"];
    place
        .with(&arguments, "touch ran")
        .says(113, &["it took longer than its budget of 300ms", "`--enter-budget TIME` gives it more time"]);
    place.holds_only(&["awaits.wasm", "scripted.wasm"]);
}

#[test]
fn an_exit_that_waits_for_ever_ends_with_its_budget_and_outer_managers_exit() {
    let place = awaits();
    let arguments = [
        "with",
        "--exit-budget",
        "300ms",
        "--dir",
        ".",
        "tempdir",
        "./awaits.wasm:never(false)",
        "--",
        "true",
    ];
    assert_eq!(golden::check("awaits-budget", &place, &arguments).status, Some(114));
    place.holds_only(&["awaits.wasm", "scripted.wasm"]);
}

#[test]
fn one_that_panics_in_its_exit_is_told_and_outer_managers_exit() {
    let place = awaits();
    let ran = place.with(&[&tells("a"), "./awaits.wasm:panics"], "exit 0");
    ran.says(114, &["on purpose", "a: exit, completed\na: exited\n"]);
}

#[test]
fn what_a_lost_scope_of_one_that_awaits_held_is_released_at_once() {
    awaits()
        .with(&["./awaits.wasm:leaves(\"the thing\", true)"], "exit 0")
        .says(114, &["recovered the thing"]);
}

#[test]
fn what_one_that_awaits_held_when_ambit_was_killed_is_released_by_ambit_recover() {
    let place = awaits();
    let leaves = "./awaits.wasm:leaves(\"the thing\", false)";
    let mut ambit = place.ambit();
    ambit.args(["with", "--dir", ".", leaves, "tempdir", "--", "sh", "-c", "kill -9 $PPID"]);
    assert_eq!(ambit.status().unwrap().code(), None);
    comes("the command has ended", || !place.run(&["recover", "--list"]).stdout.contains(" live "));
    let listed = place.run(&["recover", "--list"]).stdout;
    assert!(listed.contains("`./awaits.wasm:leaves`") && listed.contains("holds: \"the thing\""), "{listed}");
    let ran = place.run(&["recover"]);
    assert_eq!(ran.stdout, "released: `tempdir`\nreleased: `./awaits.wasm:leaves`\n");
    ran.says(0, &["recovered the thing"]);
    place.holds_only(&["awaits.wasm", "scripted.wasm"]);
}
