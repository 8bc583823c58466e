//! Being told to stop, in each phase.

use std::io::BufRead;

use nix::sys::signal::Signal;

use crate::place::{Place, Ran, unignoring};
use crate::running::{DIES, Running, comes, floods, is_gone, tells};

/// The same, which ends by SIGINT too.
fn tells_and_ends_by_int() -> String {
    tells().replace("'echo INT'", "'echo INT; kill -KILL $!; exit 9'")
}

#[test]
fn a_signal_reaches_the_command_and_the_exits_run() {
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let place = Place::new().script("command", DIES);
        let running = Running::ready(&place, &["tempdir"]);
        assert_eq!(place.names().len(), 2, "the tempdir is there");
        running.is_sent(signal);
        running.ends().is(status, "");
        place.holds_only(&["command"]);
    }
}

#[test]
fn a_command_that_ends_well_by_a_signal_was_cancelled_all_the_same() {
    let place = Place::new().script("command", &tells());
    let running = Running::ready(&place, &["tempdir"]);
    running.is_sent(Signal::SIGTERM);
    running.ends().is(143, "TERM\n");
    place.holds_only(&["command"]);
}

#[test]
fn a_cancelled_command_is_rolled_back() {
    let place = Place::new().script("command", &format!("echo new > file; {DIES}")).file("file", "old");
    let running = Running::ready(&place, &["rollback(\"file\")"]);
    assert_eq!(place.text("file"), "new\n");
    running.is_sent(Signal::SIGINT);
    assert_eq!(running.ends().status, Some(130));
    assert_eq!(place.text("file"), "old");
    place.holds_only(&["command", "file"]);
}

#[test]
fn a_command_that_handles_a_signal_and_ends_with_0_is_rolled_back_and_that_is_told() {
    let handles = tells().replace("exit 9", "exit 0");
    let place = Place::new().script("command", &format!("echo new > file; {handles}")).file("file", "old");
    let running = Running::ready(&place, &["rollback(\"file\")"]);
    running.is_sent(Signal::SIGTERM);
    let ran = running.ends();
    assert_eq!((ran.status, place.text("file").as_str()), (Some(143), "old"));
    assert_eq!(
        ran.stderr,
        "ambit: warning: the command ended with 0, but it was told to stop by SIGTERM: managers saw a cancellation\n"
    );
}

#[test]
fn further_signals_reach_the_command_and_skip_no_exit() {
    let place = Place::new().script("command", &tells());
    let mut running = Running::ready(&place, &["tempdir"]);
    running.is_sent(Signal::SIGINT);
    running.reads("INT");
    running.is_sent(Signal::SIGHUP);
    running.reads("HUP");
    running.is_sent(Signal::SIGINT);
    running.reads("INT");
    running.is_sent(Signal::SIGTERM);
    running.ends().is(130, "TERM\n");
    place.holds_only(&["command"]);
}

#[test]
fn a_cancellation_is_not_suppressed() {
    let place = Place::new().script("command", DIES).plugin("answers.wasm", programs::ANSWERS);
    let running = Running::ready(&place, &["./answers.wasm:suppresses"]);
    running.is_sent(Signal::SIGTERM);
    running.ends().says(143, &["`suppresses` wanted to suppress what it may not"]);
}

#[test]
fn a_cancellation_is_not_replaced_and_what_a_manager_raised_is_told() {
    let place = Place::new().script("command", DIES).plugin("answers.wasm", programs::ANSWERS);
    let running = Running::ready(&place, &["./answers.wasm:replaces"]);
    running.is_sent(Signal::SIGTERM);
    running.ends().says(143, &["`replaces` raised an error, and what was in flight goes on"]);
}

#[test]
fn a_command_that_stops_ambit_and_ends_is_cancelled() {
    let place = Place::new();
    for _ in 0..20 {
        // It may have ended with 0 before the signal reached it, which is told.
        let ran = place.with(&["--dir", ".", "tempdir"], "kill -TERM $PPID");
        assert!(ran.status == Some(143) && ran.stderr.lines().count() <= 1, "{ran:?}");
    }
    place.holds_only(&[]);
}

/// Sends signals while the manager waits, and lets it go on.
fn stopped_in(place: &Place, at: &str, signals: &[Signal]) -> Ran {
    let mut command = place.ambit();
    command.args(["with", "--dir", ".", "tempdir", &floods(at), "tempdir(\"inner-\")", "--", "touch", "ran"]);
    let mut running = Running::start(command);
    let mut said = String::new();
    while !said.contains("xxx") {
        assert_ne!(
            running.stderr.read_line(&mut said).unwrap(),
            0,
            "the manager does not come to {at}: {said}"
        );
    }
    for signal in signals {
        running.is_sent(*signal);
    }
    let ran = running.ends();
    let (flood, rest): (Vec<_>, Vec<_>) =
        said.lines().chain(ran.stderr.lines()).partition(|line| line.contains("xxx"));
    assert_eq!(flood.len(), 100, "the manager was cut off");
    Ran { stderr: rest.join("\n"), ..ran }
}

/// What is told to stop.
#[derive(Clone, Copy, Debug)]
enum Phase {
    Enter,
    Command,
    Exit,
}

/// Sends a signal so many times in a phase: every manager that was entered has exited once, and the status tells.
#[track_caller]
fn check(phase: Phase, signal: Signal, times: usize) {
    let command = tells().replace("; kill -KILL $!; exit 9", "");
    let place = Place::new().plugin("scripted.wasm", programs::SCRIPTED).script("command", &command);
    let signals = vec![signal; times];
    let exits = |manager| format!("{signal} came while `{manager}` exits: `ambit` ends when all have exited");
    // What each signal may be answered by, and what is said in the end.
    let (ran, left, answers, last) = match phase {
        Phase::Enter => {
            let answer =
                format!("{signal} came while `scripted` is being entered: `ambit` stops when that has ended");
            (stopped_in(&place, "before", &signals), vec![], vec![answer], None)
        }
        Phase::Exit => {
            let answers = vec![exits("scripted"), exits("tempdir")];
            let last = format!("the command had succeeded before {signal} came: its result stands");
            (stopped_in(&place, "finally", &signals), vec!["ran"], answers, Some(last))
        }
        Phase::Command => {
            let last = format!(
                "the command ended with 0, but it was told to stop by {signal}: managers saw a cancellation"
            );
            (told_while_it_runs(&place, &signals), vec![], vec![], Some(last))
        }
    };
    let case = format!("{signal} in {phase:?}, {times} times: {ran:?}");
    assert_eq!(ran.status, Some(128 + signal as i32), "{case}");
    let count = |word| ran.stderr.lines().filter(|line| *line == word).count();
    assert_eq!((count("s: enter"), count("s: exit")), (1, 1), "{case}");
    let mut told: Vec<_> =
        ran.stderr.lines().filter_map(|line| line.strip_prefix("ambit: warning: ")).collect();
    if let Some(last) = last {
        assert_eq!(told.pop(), Some(&*last), "{case}");
    }
    // What ends at that moment needs no word.
    assert!(told.len() <= times && told.iter().all(|told| answers.iter().any(|it| it == told)), "{case}");
    place.holds_only(&[&["command", "scripted.wasm"], &left[..]].concat());
}

/// Each one is answered before the next is sent. Then the command ends with 0.
fn told_while_it_runs(place: &Place, signals: &[Signal]) -> Ran {
    let mut running = Running::ready(place, &["tempdir", &floods("nowhere"), "tempdir(\"inner-\")"]);
    for signal in signals {
        running.is_sent(*signal);
        running.reads(&signal.as_str()["SIG".len()..]);
    }
    running.is_left();
    running.ends()
}

#[test]
fn each_signal_in_each_phase_however_often_lets_every_manager_exit_once() {
    for phase in [Phase::Enter, Phase::Command, Phase::Exit] {
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            for times in [1, 2, 10] {
                check(phase, signal, times);
            }
        }
    }
}

#[test]
fn a_signal_while_a_lock_is_waited_for_starts_nothing_and_leaves_it_free() {
    let place = Place::new().script("command", DIES);
    let mut holder = Running::ready(&place, &["lock(\"a.lock\")"]);
    let mut command = place.ambit();
    command.args(["with", "--dir", ".", "tempdir", "lock(\"a.lock\", wait=60)", "--", "touch", "ran"]);
    let waiting = Running::start(command);
    comes("the first manager is entered", || place.names().len() == 3);
    waiting.is_sent(Signal::SIGTERM);
    holder.is_left();
    holder.ends().is(0, "");
    waiting.ends().says(143, &[]);
    place.holds_only(&["command"]);
}

#[test]
fn several_signals_during_an_exit_are_remembered() {
    let place = Place::new().plugin("scripted.wasm", programs::SCRIPTED);
    let signals = [Signal::SIGINT, Signal::SIGINT, Signal::SIGTERM];
    let ran = stopped_in(&place, "finally", &signals);
    assert!(matches!(ran.status, Some(130 | 143)), "{ran:?}");
    place.holds_only(&["ran", "scripted.wasm"]);
}

#[test]
fn a_signal_reaches_what_the_command_started() {
    let place = Place::new().script("command", "exec 3<&0; sh -c 'echo ready; exec cat' <&3 & wait; exit 9");
    let running = Running::ready(&place, &["tempdir"]);
    running.is_sent(Signal::SIGTERM);
    // It reads to the end of what both of them write to.
    running.ends().is(143, "");
    place.holds_only(&["command"]);
}

/// Without a single descriptor the system refuses to wait for one. Who waits already looks again when it is continued.
#[cfg(target_os = "linux")]
#[test]
fn a_command_that_cannot_be_waited_for_is_killed_before_the_managers_exit() {
    let place = Place::new();
    let ran = place.with(
        &["timer"],
        "echo $$ > id; trap '' TERM; prlimit --pid $PPID --nofile=0; kill -CONT $PPID; exec sleep 1000",
    );
    ran.says(111, &["the command `sh` was killed, since its end could not be waited for"]);
    assert!(is_gone(place.text("id").trim().parse().unwrap()), "it outlived `ambit`");
}

#[test]
fn sigquit_ends_the_command_and_ambit_without_any_exit() {
    let place = Place::new().script("command", "ulimit -c 0; echo $$; exec cat");
    let mut command = place.ambit();
    command.args(["with", "--dir", ".", "tempdir", "--", "./command"]);
    let mut running = Running::start(command);
    let command: i32 = running.line().parse().unwrap();
    running.is_sent(Signal::SIGQUIT);
    comes("the command has ended", || is_gone(command));
    let ran = running.ends();
    assert_eq!((ran.status, place.names().len()), (None, 2), "{ran:?}");
}

/// `nohup` asks for that of SIGHUP, and `sh -c 'ambit … &'` of SIGINT.
#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    for (ignored, ends, status, said) in [
        (Signal::SIGHUP, Signal::SIGTERM, 143, "TERM\n"),
        (Signal::SIGINT, Signal::SIGTERM, 143, "TERM\n"),
        (Signal::SIGTERM, Signal::SIGINT, 130, "INT\n"),
    ] {
        let place = Place::new().script("command", &tells_and_ends_by_int());
        let mut shell = unignoring("sh");
        let ambit = place.ambit();
        shell.current_dir(place.path()).env_clear();
        shell.envs(ambit.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let ignoring = format!("trap '' {}; exec \"$@\"", &ignored.as_str()["SIG".len()..]);
        shell.args(["-c", &ignoring, "sh", env!("CARGO_BIN_EXE_ambit")]);
        shell.args(["with", "--dir", ".", "tempdir", "--", "./command"]);
        let mut running = Running::start(shell);
        running.reads("ready");
        running.is_sent(ignored);
        running.is_sent(ends);
        running.ends().is(status, said);
        place.holds_only(&["command"]);
    }
}
