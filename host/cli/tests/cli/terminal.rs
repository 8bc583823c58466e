//! At a terminal: a real one, at which a shell runs `ambit` as a job. Keys are typed, and what is shown is read.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Stdio};
use std::time::Instant;

use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;

use crate::place::{Place, unignoring};
use crate::running::{PATIENCE, comes, is_gone, is_stopped, tells_beside_the_terminal};

/// A terminal, and the shell that is the leader of its session.
struct Terminal {
    /// Its other end: what is typed goes in, and what is shown comes out.
    person: File,
    /// What was shown and not looked at yet.
    shown: String,
    shell: Child,
}

/// Shells that run each command as a job of its own, and one that runs all in its own group.
const JOBS: &[&str] = &["bash", "--norc", "--noprofile", "-mc"];
const NO_JOBS: &[&str] = &["sh", "-c"];

impl Terminal {
    fn start(place: &Place, shell: &[&str], script: &str) -> Self {
        // No process may have the other end, or nothing would hang up.
        let person = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let mut options = OpenOptions::new();
        options.read(true).write(true).custom_flags(OFlag::O_NOCTTY.bits());
        let terminal = options.open(ptsname_r(&person).unwrap()).unwrap();
        let mut command = unignoring("env");
        let ambit = place.ambit();
        command.current_dir(place.path()).env_clear();
        command.envs(ambit.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("AMBIT", env!("CARGO_BIN_EXE_ambit"));
        command.arg("--default-signal=QUIT,TSTP,TTIN,TTOU,CONT,CHLD").args(["setsid", "--ctty"]);
        command.args(shell).arg(format!("ambit() {{ $AMBIT with --dir . \"$@\"; }}; {script}"));
        let slave = || Stdio::from(terminal.try_clone().unwrap());
        let shell = command.stdin(slave()).stdout(slave()).stderr(slave()).spawn().unwrap();
        drop(command);
        Self { person: File::from(OwnedFd::from(person)), shown: String::new(), shell }
    }

    fn types(&mut self, keys: &str) {
        self.person.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this is shown, and gives what was shown before it.
    #[track_caller]
    fn shows(&mut self, expected: &str) -> String {
        let late = Instant::now() + PATIENCE;
        loop {
            if let Some((before, after)) = self.shown.split_once(expected) {
                let (before, after) = (before.to_owned(), after.to_owned());
                self.shown = after;
                return before;
            }
            assert!(self.looks(late), "{expected:?} is not shown, but {:?}", self.shown);
        }
    }

    /// Whether something more is shown by then. Where nobody has the terminal any more, reading fails.
    fn looks(&mut self, late: Instant) -> bool {
        let left = late.saturating_duration_since(Instant::now());
        let mut shows = [PollFd::new(self.person.as_fd(), PollFlags::POLLIN)];
        let is_shown = poll(&mut shows, PollTimeout::try_from(left).unwrap()).unwrap() > 0;
        let mut bytes = [0; 4096];
        let count = if is_shown { self.person.read(&mut bytes).unwrap_or(0) } else { 0 };
        self.shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
        count > 0
    }

    /// The next word between square brackets.
    fn word(&mut self) -> String {
        self.shows("[");
        self.shows("]")
    }

    /// Waits until the shell has ended.
    fn ends(mut self) {
        comes("the shell ends", || self.shell.try_wait().unwrap().is_some());
    }
}

/// What is left at the terminal is hung up.
impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

/// With a named pipe, and its writer, for a command that waits for something else than the terminal.
fn with_input(place: &Place) -> File {
    let path = place.path().join("input");
    nix::unistd::mkfifo(&path, Mode::S_IRWXU).unwrap();
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

const READS: &str = "read a; echo got $a; read b; echo and $b";

#[test]
fn a_command_that_reads_from_the_terminal_gets_its_lines() {
    let place = Place::new().script("command", READS);
    for shell in [JOBS, NO_JOBS] {
        let mut terminal = Terminal::start(&place, shell, "ambit tempdir -- ./command; echo [$?]");
        terminal.types("one\n");
        terminal.shows("got one");
        terminal.types("two\n");
        terminal.shows("and two");
        assert_eq!(terminal.word(), "0");
        terminal.ends();
    }
    place.holds_only(&["command"]);
}

#[test]
fn a_builder_that_asks_at_the_terminal_gets_its_line() {
    let builds = format!(
        "[ \"$1\" = --version ] && echo Python 3.12.1 && exit\n\
         read a < /dev/tty; echo got $a > /dev/tty; shift 7; cp '{}' \"$1\"",
        programs::ANSWERS
    );
    for shell in [JOBS, NO_JOBS] {
        let place = Place::new().folder("bin").script("bin/python3", &builds).file("app.py", "");
        let build = "PATH=$PWD/bin:$PATH AMBIT_TOOLS=$PWD/tools $AMBIT build app.py";
        let mut terminal = Terminal::start(&place, shell, &format!("{build}; read c; echo then $c"));
        terminal.types("one\n");
        terminal.shows("got one");
        terminal.types("two\n");
        terminal.shows("then two");
    }
}

#[test]
fn a_command_that_sets_the_modes_of_the_terminal_may() {
    let place = Place::new().script("command", "stty -echo; stty echo; read a; echo got $a");
    let mut terminal = Terminal::start(&place, JOBS, "ambit tempdir -- ./command; echo [$?]");
    terminal.types("one\n");
    terminal.shows("got one");
    assert_eq!(terminal.word(), "0");
}

#[test]
fn who_started_ambit_has_the_terminal_again() {
    let place = Place::new().script("command", READS);
    let script = "ambit tempdir -- ./command; read c; echo then $c; echo [$?]";
    let mut terminal = Terminal::start(&place, NO_JOBS, script);
    terminal.types("one\ntwo\nthree\n");
    terminal.shows("then three");
    assert_eq!(terminal.word(), "0");
}

#[test]
fn ambit_has_the_terminal_when_the_managers_exit() {
    let place = Place::new().script("command", "read a; echo got $a");
    let script = "ambit tempdir -- $AMBIT with --dir . tempdir -- ./command; read c; echo then $c";
    let mut terminal = Terminal::start(&place, NO_JOBS, script);
    terminal.types("one\ntwo\n");
    terminal.shows("got one");
    terminal.shows("then two");
    place.holds_only(&["command"]);
}

#[test]
fn a_key_before_the_command_has_the_terminal_reaches_it_once() {
    let place = Place::new().script("command", &tells_beside_the_terminal());
    let input = with_input(&place);
    let mut terminal = Terminal::start(&place, JOBS, "ambit tempdir -- ./command; echo [$?]");
    terminal.shows("ready");
    terminal.types("\x03");
    terminal.shows("INT");
    drop(input);
    let between = terminal.shows("the command ended with 0");
    assert!(!between.contains("INT"), "{between}");
    assert_eq!(terminal.word(), "130");
    place.holds_only(&["command", "input"]);
}

#[test]
fn a_key_when_the_command_has_the_terminal_is_its_own_business() {
    let place = Place::new().script("command", &format!("read a; {}", tells_beside_the_terminal()));
    let input = with_input(&place);
    let mut terminal = Terminal::start(&place, JOBS, "ambit tempdir -- ./command; echo [$?]");
    terminal.types("go\n");
    terminal.shows("ready");
    terminal.types("\x03");
    terminal.shows("INT");
    drop(input);
    let between = terminal.shows("[");
    assert!(!between.contains("ambit"), "{between}");
    terminal.shows("0]");
    place.holds_only(&["command", "input"]);
}

#[test]
fn a_command_that_dies_of_a_key_at_its_terminal_was_told_to_stop() {
    let place = Place::new()
        .script("command", "echo new > file; read a; echo got $a; read b")
        .file("file", "old")
        .plugin("answers.wasm", programs::ANSWERS);
    let script = "ambit ./answers.wasm:suppresses 'rollback(\"file\")' -- ./command; echo [$?]";
    let mut terminal = Terminal::start(&place, JOBS, script);
    terminal.types("go\n");
    terminal.shows("got go");
    terminal.types("\x03");
    terminal.shows("wanted to suppress what it may not: `ambit` was told to stop by SIGINT");
    assert_eq!(terminal.word(), "130");
    assert_eq!(place.text("file"), "old");
}

#[test]
fn ctrl_z_before_the_command_has_the_terminal_stops_all_until_it_is_continued() {
    let place =
        Place::new().script("command", &tells_beside_the_terminal().replace("echo ready", "echo [$$]"));
    let input = with_input(&place);
    let script = "ambit tempdir -- ./command; echo [$?]; fg %1; echo [$?]";
    let mut terminal = Terminal::start(&place, JOBS, &script.replace("fg", "read a; fg"));
    let command: i32 = terminal.word().parse().unwrap();
    terminal.types("\x1a");
    terminal.shows("Stopped");
    assert_eq!(terminal.word(), stopped());
    comes("the command is stopped", || is_stopped(command));
    terminal.types("go on\n");
    comes("the command is continued", || !is_stopped(command));
    drop(input);
    assert_eq!(terminal.word(), "0");
    place.holds_only(&["command", "input"]);
}

#[test]
fn ctrl_z_when_the_command_has_the_terminal_stops_all_until_it_is_continued() {
    let place = Place::new().script("command", &format!("read a; echo [$$]; {READS}"));
    let script = "ambit tempdir -- ./command; echo [$?]; read a; fg %1; echo [$?]";
    let mut terminal = Terminal::start(&place, JOBS, script);
    terminal.types("first\n");
    let command: i32 = terminal.word().parse().unwrap();
    terminal.types("\x1a");
    terminal.shows("Stopped");
    assert_eq!(terminal.word(), stopped());
    assert!(is_stopped(command));
    terminal.types("go on\n");
    comes("the command is continued", || !is_stopped(command));
    terminal.types("one\n");
    terminal.shows("got one");
    terminal.types("two\n");
    terminal.shows("and two");
    assert_eq!(terminal.word(), "0");
    place.holds_only(&["command"]);
}

#[test]
fn a_background_job_that_reads_from_the_terminal_is_stopped_until_it_is_in_the_foreground() {
    let place = Place::new().script("command", READS);
    let script = "ambit tempdir -- ./command & wait %1; echo [$?]; fg %1; echo [$?]";
    let mut terminal = Terminal::start(&place, JOBS, script);
    let word = terminal.word();
    // Bash says on the way which job it has started.
    let word = if word == "1" { terminal.word() } else { word };
    assert_eq!(word, stopped());
    terminal.types("one\ntwo\n");
    terminal.shows("got one");
    terminal.shows("and two");
    assert_eq!(terminal.word(), "0");
    place.holds_only(&["command"]);
}

#[test]
fn ctrl_z_where_nobody_would_continue_the_command_does_nothing() {
    let place = Place::new().script("command", READS);
    let mut terminal = Terminal::start(&place, NO_JOBS, "ambit tempdir -- ./command; echo [$?]");
    terminal.types("one\n");
    terminal.shows("got one");
    terminal.types("\x1a");
    terminal.types("two\n");
    terminal.shows("and two");
    assert_eq!(terminal.word(), "0");
}

#[test]
fn a_command_that_reads_where_nobody_would_give_it_the_terminal_is_hung_up() {
    let place = Place::new()
        .script("command", "cat </dev/tty")
        .script("job", "(./run; echo $? >status.new; mv status.new status) &");
    let place = place
        .script("run", "until [ -e go ]; do sleep 0.01; done; exec $AMBIT with --dir . tempdir -- ./command");
    let mut terminal = Terminal::start(&place, JOBS, "./job; echo >go; read a; echo [$a]");
    comes("the job has ended", || place.path().join("status").exists());
    assert_eq!(place.text("status"), "129\n");
    terminal.types("well\n");
    assert_eq!(terminal.word(), "well");
    place.holds_only(&["command", "go", "job", "run", "status"]);
}

#[test]
fn a_terminal_that_hangs_up_stops_a_command_that_has_it() {
    let place = Place::new().script("command", "read a; echo [$$]; read b");
    let mut terminal = Terminal::start(&place, JOBS, "ambit tempdir -- ./command");
    terminal.types("one\n");
    let command: i32 = terminal.word().parse().unwrap();
    drop(terminal);
    comes("the command has ended", || is_gone(command));
    comes("the manager has exited", || place.names().len() == 1);
}

/// What Bash says of a job that was stopped, as `ambit` stops itself.
fn stopped() -> String {
    (128 + Signal::SIGTTIN as i32).to_string()
}
