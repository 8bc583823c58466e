//! Processes that tests start and kill: this very program, which then plays a role.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;

use super::*;

const ROLE: &str = "AMBIT_JOURNAL_ROLE";

const FOLDER: &str = "AMBIT_JOURNAL_FOLDER";

/// How many threads a [`Role::Churn`] has, and how many entries each of them makes.
pub(super) const THREADS: usize = 4;
pub(super) const ROUNDS: usize = 20;

/// Which entries a [`Role::Churn`] leaves.
pub(super) fn is_left(round: usize) -> bool {
    round.is_multiple_of(5)
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Role {
    /// Makes the entries 1 and 2.
    Own,
    /// Makes the entry 1, and starts another process that inherits the owner's handle.
    Share,
    /// Keeps what it inherited.
    Keep,
    /// Claims all that is lost.
    Claim,
    /// Makes, changes and ends entries in several threads at once, and leaves some of them.
    Churn,
}

/// A process that plays a role, until it is killed or this is dropped.
pub(super) struct Played {
    child: Child,
    /// Once it is closed, the process ends on its own, and those that it started.
    pub(super) stdin: Option<ChildStdin>,
}

fn command(role: Role, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--nocapture", "journal::tests::roles::plays_the_role_that_another_test_gives"]);
    command.env(ROLE, format!("{role:?}")).env(FOLDER, folder);
    command
}

/// Starts a process; it has done its part when this returns.
pub(super) fn play(role: Role, folder: &Path) -> Played {
    let mut child = command(role, folder).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let ready = stdout.lines().map_while(Result::ok).any(|line| line == "ready");
    assert!(ready, "{role:?} failed");
    Played { child, stdin }
}

impl Played {
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, in a way that it cannot know of. What it held is released when this returns.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Passes at once when no other test asks for it: it is no test, but a way into this program.
#[test]
fn plays_the_role_that_another_test_gives() {
    let Some(role) = std::env::var_os(ROLE) else { return };
    let folder = std::path::PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let roles = [Role::Own, Role::Share, Role::Keep, Role::Claim, Role::Churn];
    let role = roles.into_iter().find(|known| role == *format!("{known:?}")).unwrap();
    let journal = open(&folder);
    match role {
        Role::Own => {
            begin(&journal, "1");
            begin(&journal, "2");
            ready();
        }
        Role::Share => {
            begin(&journal, "1");
            let handle = journal.owner_handle().unwrap();
            let kept = command(Role::Keep, &folder).stdout(Stdio::piped()).stderr(handle).spawn();
            let stdout = BufReader::new(kept.unwrap().stdout.take().unwrap());
            assert!(stdout.lines().map_while(Result::ok).any(|line| line == "ready"));
            ready();
        }
        Role::Keep => ready(),
        Role::Claim => {
            let held = claim(&journal);
            assert!(!held.entries().is_empty());
            ready();
        }
        Role::Churn => {
            churn(&journal);
            ready();
        }
    }
}

/// Says that the role is played, and stays until it is told to end.
fn ready() {
    // What runs the tests may not have ended its line.
    println!("\nready");
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
    std::process::exit(0);
}

fn churn(journal: &Opened) {
    thread::scope(|scope| {
        for of in 0..THREADS {
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let id = begin(journal, "begun");
                    let state = format!("{} {of} {round}", std::process::id());
                    journal.update(id, &state, LONG).unwrap();
                    if !is_left(round) {
                        journal.end(id).unwrap();
                    }
                }
            });
        }
    });
}
