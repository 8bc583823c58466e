//! `ambit`, while it runs: [`Running`]. A test knows how far a run is by what it reads from it.
//!
//! Commands end when their input does, so that none is left if a test fails.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::place::{Place, Ran};

/// A run of `ambit` that goes on.
pub(crate) struct Running {
    pub(crate) ambit: Child,
    stdout: BufReader<std::process::ChildStdout>,
    pub(crate) stderr: BufReader<std::process::ChildStderr>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut ambit = command.spawn().unwrap();
        let stdout = BufReader::new(ambit.stdout.take().unwrap());
        let stderr = BufReader::new(ambit.stderr.take().unwrap());
        Self { ambit, stdout, stderr }
    }

    /// Starts `ambit with OPTIONS MANAGERS -- ./command`, and waits until the command says that it is ready.
    pub(crate) fn ready(place: &Place, managers: &[&str]) -> Self {
        let mut command = place.ambit();
        command.args([&["with", "--dir", "."], managers, &["--", "./command"]].concat());
        let mut running = Self::start(command);
        running.reads("ready");
        running
    }

    #[track_caller]
    pub(crate) fn reads(&mut self, expected: &str) {
        assert_eq!(self.line(), expected);
    }

    pub(crate) fn is_sent(&self, signal: Signal) {
        kill(Pid::from_raw(self.ambit.id().try_into().unwrap()), signal).unwrap();
    }

    /// Lets commands go on that wait for the end of their input.
    pub(crate) fn is_left(&mut self) {
        drop(self.ambit.stdin.take());
    }

    /// The next line that was written.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// How it ended, and what was not read yet.
    pub(crate) fn ends(mut self) -> Ran {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stderr.read_to_string(&mut stderr).unwrap();
        self.stdout.read_to_string(&mut stdout).unwrap();
        Ran { status: self.ambit.wait().unwrap().code(), stdout, stderr }
    }
}

/// A command that ends by the first signal.
pub(crate) const DIES: &str = "echo ready; exec cat";

/// What says which signals it gets, and ends with 9 by SIGTERM, or with 0 when its input ends.
const TELLS: &str = "\
trap '' HUP INT TERM
cat <&3 >/dev/null 2>&1 &
trap 'echo HUP' HUP; trap 'echo INT' INT; trap 'echo TERM; kill -KILL $!; exit 9' TERM
echo ready
while kill -0 $! 2>/dev/null; do wait $!; done
exit 0";

/// A command that says which signals it gets, and ends with 9 by SIGTERM, or with 0 when its input ends.
pub(crate) fn tells() -> String {
    format!("exec 3<&0\n{TELLS}")
}

/// The same, whose input is a named pipe, so that it does not read from its terminal.
pub(crate) fn tells_beside_the_terminal() -> String {
    format!("exec 3<input\n{TELLS}")
}

/// The expression of a manager that writes more at one point than a pipe holds, so that it waits there for its reader. It says
/// when it exits.
pub(crate) fn floods(at: &str) -> String {
    let line = "x".repeat(1000);
    let lines = vec![format!(r#"{{"log":"{line}"}}"#); 100].join(",");
    let block = |name: &str| if name == at { format!("{lines},") } else { String::new() };
    format!(
        r#"./scripted.wasm:scripted("s", {{"before":[{}{{"log":"enter"}}],"yields":1,"value":"","handlers":[],"else":[],"finally":[{}{{"log":"exit"}}]}})"#,
        block("before"),
        block("finally")
    )
}

/// Fails unless this comes true, which it may take a busy machine a while to see.
#[track_caller]
pub(crate) fn comes(what: &str, mut is_so: impl FnMut() -> bool) {
    let late = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < late, "it does not come: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Longer than anything takes that goes well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Whether a process has ended, though its parent may not have asked about it.
pub(crate) fn is_gone(id: i32) -> bool {
    let ended = |stat: String| stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z"));
    kill(Pid::from_raw(id), None).is_err() || fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(ended)
}

/// Whether a process is stopped.
pub(crate) fn is_stopped(id: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" T"))
}
