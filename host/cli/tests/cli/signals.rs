//! Being told to stop. Nothing here waits for a time: a test knows how far a run is by what it reads from it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::place::{Place, Ran, UNIGNORING, unignoring};

/// A run of `ambit` that goes on.
struct Running {
    ambit: Child,
    stdout: BufReader<std::process::ChildStdout>,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut ambit = command.spawn().unwrap();
        let stdout = BufReader::new(ambit.stdout.take().unwrap());
        let stderr = BufReader::new(ambit.stderr.take().unwrap());
        Self { ambit, stdout, stderr }
    }

    /// Starts `ambit with MANAGERS -- ./command`, and waits until the command says that it is ready.
    fn ready(place: &Place, managers: &[&str]) -> Self {
        let mut command = place.ambit();
        command.args([&["with", "--dir", "."], managers, &["--", "./command"]].concat());
        let mut running = Self::start(command);
        running.reads("ready");
        running
    }

    #[track_caller]
    fn reads(&mut self, expected: &str) {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), expected);
    }

    fn is_sent(&self, signal: Signal) {
        kill(Pid::from_raw(self.ambit.id().try_into().unwrap()), signal).unwrap();
    }

    fn is_told(&mut self, bytes: &[u8]) {
        let stdin = self.ambit.stdin.as_mut().unwrap();
        stdin.write_all(bytes).unwrap();
        stdin.flush().unwrap();
    }

    /// How it ended, and what was not read yet.
    fn ends(mut self) -> Ran {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stderr.read_to_string(&mut stderr).unwrap();
        self.stdout.read_to_string(&mut stdout).unwrap();
        Ran { status: self.ambit.wait().unwrap().code(), stdout, stderr }
    }
}

/// A command that ends by the first signal.
const DIES: &str = "echo ready; exec cat";

/// A command that says which signals it gets, and ends with 9 by SIGTERM.
const TELLS: &str = "\
trap 'echo HUP' HUP; trap 'echo INT' INT; trap 'echo TERM; kill $!; exit 9' TERM
exec 3<&0
cat <&3 >/dev/null 2>&1 &
echo ready
while :; do wait; done";

/// The same, which ends by SIGINT too.
fn tells_and_ends_by_int() -> String {
    TELLS.replace("'echo INT'", "'echo INT; kill $!; exit 9'")
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
    let place = Place::new().script("command", TELLS);
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
    let handles = TELLS.replace("exit 9", "exit 0");
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
    let place = Place::new().script("command", TELLS);
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

/// The expression of a manager that writes more at one point than a pipe holds, so that it waits there for its reader.
fn floods(at: &str) -> String {
    let line = "x".repeat(1000);
    let lines = vec![format!(r#"{{"log":"{line}"}}"#); 100].join(",");
    let block = |name: &str| if name == at { lines.as_str() } else { "" };
    format!(
        r#"./scripted.wasm:scripted("s", {{"before":[{}],"yields":1,"value":"","handlers":[],"else":[],"finally":[{}]}})"#,
        block("before"),
        block("finally")
    )
}

/// Sends signals while the manager waits, and lets it go on.
fn stopped_in(place: &Place, at: &str, signals: &[Signal]) -> Ran {
    let mut command = place.ambit();
    command.args(["with", "--dir", ".", "tempdir", &floods(at), "tempdir(\"inner-\")", "--", "touch", "ran"]);
    let mut running = Running::start(command);
    let mut first = String::new();
    running.stderr.read_line(&mut first).unwrap();
    for signal in signals {
        running.is_sent(*signal);
    }
    let ran = running.ends();
    let flood = ran.stderr.lines().filter(|line| line.contains("xxx")).count();
    assert_eq!(1 + flood, 100, "the manager was not cut off");
    ran
}

#[test]
fn a_signal_during_an_enter_lets_it_finish_and_starts_nothing_more() {
    let place = Place::new().plugin("scripted.wasm", programs::SCRIPTED);
    assert_eq!(stopped_in(&place, "before", &[Signal::SIGTERM]).status, Some(143));
    place.holds_only(&["scripted.wasm"]);
}

#[test]
fn signals_during_an_exit_skip_none_and_are_remembered() {
    let place = Place::new().plugin("scripted.wasm", programs::SCRIPTED);
    let signals = [Signal::SIGINT, Signal::SIGINT, Signal::SIGTERM];
    let ran = stopped_in(&place, "finally", &signals);
    assert!(matches!(ran.status, Some(130 | 143)), "{ran:?}");
    let last = ran.stderr.lines().last().unwrap();
    assert!(last.starts_with("ambit: warning: the command had succeeded before SIG"), "{last}");
    assert!(last.ends_with(" came: its result stands"), "{last}");
    place.holds_only(&["ran", "scripted.wasm"]);
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

/// `script`, of util-linux, runs a command at a terminal of its own, and types what it is given.
#[cfg(target_os = "linux")]
#[test]
fn a_key_at_the_terminal_reaches_the_command_once() {
    let place = Place::new().script("command", TELLS);
    let ambit = place.ambit();
    let mut script = Command::new("script");
    script.current_dir(place.path()).env_clear();
    script.envs(ambit.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ambit_binary = env!("CARGO_BIN_EXE_ambit");
    let run = format!("exec {} {ambit_binary} with --dir . tempdir -- ./command", UNIGNORING.join(" "));
    script.args(["--quiet", "--return", "--command", &run, "/dev/null"]);
    let mut running = Running::start(script);
    running.reads("ready");
    let ambit = Pid::from_raw(child_of(&running.ambit));
    // Once this was passed on, `ambit` knows that the command is there to get what the terminal sends.
    kill(ambit, Signal::SIGHUP).unwrap();
    running.reads("HUP");
    running.is_told(b"\x03");
    running.reads("^CINT");
    kill(ambit, Signal::SIGTERM).unwrap();
    running.ends().is(129, "TERM\r\n");
    place.holds_only(&["command"]);
}

#[cfg(target_os = "linux")]
fn child_of(parent: &Child) -> i32 {
    let id = parent.id();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    children.split_whitespace().next().unwrap().parse().unwrap()
}
