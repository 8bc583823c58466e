//! How long a command may take to end once it was told to.

use std::io::BufRead;

use nix::sys::signal::Signal;

use crate::place::Place;
use crate::running::{Running, comes, floods, is_gone, is_stopped};

/// A command that does not end by SIGTERM.
const STAYS: &str = "trap '' TERM; echo ready; exec cat";

/// A command that ends by SIGTERM, and leaves a process that does not. It says the number of that.
const LEAVES: &str = "exec 3<&0; sh -c \"trap '' TERM; echo \\$\\$; exec cat >/dev/null\" <&3 & wait";

const KILLED: &str = "the command, or what it started, did not end within its grace of 300ms, and was killed";

/// A run of `ambit with OPTIONS MANAGERS -- ./command`.
fn run(place: &Place, options: &[&str]) -> Running {
    let mut command = place.ambit();
    command.args([&["with", "--dir", "."], options, &["--", "./command"]].concat());
    Running::start(command)
}

#[test]
fn a_command_that_does_not_end_is_killed_and_the_exits_run() {
    let place = Place::new().script("command", STAYS);
    let running = Running::ready(&place, &["--grace", "300ms", "tempdir"]);
    running.is_sent(Signal::SIGTERM);
    running.ends().says(143, &[KILLED, "`--grace TIME` gives it more time"]);
    place.holds_only(&["command"]);
}

#[test]
fn what_the_command_left_is_killed_before_a_manager_exits() {
    let place = Place::new().script("command", LEAVES).plugin("scripted.wasm", programs::SCRIPTED);
    let mut running = run(&place, &["--grace", "300ms", &floods("finally"), "lock(\"a.lock\")"]);
    let left: i32 = running.line().parse().unwrap();
    running.is_sent(Signal::SIGTERM);
    // What is written first comes from the outer manager, when the inner one has exited.
    for line in ["s: enter", "s: xxx"] {
        let mut said = String::new();
        running.stderr.read_line(&mut said).unwrap();
        assert!(said.starts_with(line), "{said}");
    }
    place.holds_only(&["command", "scripted.wasm"]);
    assert!(is_gone(left), "it runs on while the lock is free");
    running.ends().says(143, &[KILLED]);
}

#[test]
fn what_the_command_left_may_end_within_the_grace() {
    let place = Place::new().script("command", &format!("echo $$; {LEAVES}"));
    let mut running = run(&place, &["--grace", "1h", "tempdir"]);
    let [command, left] = [(); 2].map(|()| running.line().parse().unwrap());
    running.is_sent(Signal::SIGTERM);
    comes("the command has ended", || is_gone(command));
    let names = place.names();
    assert!(!is_gone(left) && names.len() == 2, "the manager has not exited: {names:?}");
    running.is_left();
    running.ends().is(143, "");
    place.holds_only(&["command"]);
}

#[test]
fn what_a_command_left_that_ended_by_itself_is_left_alone() {
    let leaves = "exec 3<&0; cat <&3 >/dev/null 2>&1 & echo $!; exit 3";
    let place = Place::new().script("command", leaves);
    let mut running = run(&place, &["--grace", "300ms", "tempdir"]);
    let left: i32 = running.line().parse().unwrap();
    let stdin = running.ambit.stdin.take();
    running.ends().is(3, "");
    place.holds_only(&["command"]);
    assert!(!is_gone(left), "it was ended");
    drop(stdin);
    comes("it ends with its input", || is_gone(left));
}

#[test]
fn a_command_that_is_stopped_hears_that_it_is_to_end() {
    let place = Place::new().script("command", "echo $$; exec cat");
    let mut running = run(&place, &["--grace", "1h", "tempdir"]);
    let command: i32 = running.line().parse().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(command), Signal::SIGSTOP).unwrap();
    comes("it is stopped", || is_stopped(command));
    running.is_sent(Signal::SIGTERM);
    running.ends().is(143, "");
    place.holds_only(&["command"]);
}
