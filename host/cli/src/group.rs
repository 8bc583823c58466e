//! The processes of the command: [`Group`].

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{self, Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// The command, and what it starts, unless that leaves the group: a process group of their own.
#[derive(Debug)]
pub(crate) struct Group {
    leader: Child,
    id: Pid,
    /// How the command ended, where that was known before it was asked for.
    ended: Option<ExitStatus>,
}

impl Group {
    /// Starts the command.
    pub(crate) fn start(mut command: process::Command) -> io::Result<Self> {
        let leader = command.process_group(0).spawn()?;
        let id = i32::try_from(leader.id()).map_err(io::Error::other)?;
        Ok(Self { leader, id: Pid::from_raw(id), ended: None })
    }

    /// Its number, which no other has while one of it lives or its leader was not asked about its [`end`][Self::end].
    pub(crate) fn id(&self) -> Pid {
        self.id
    }

    /// Sends a signal to all of them, and lets those that are stopped run, so that they hear of it.
    pub(crate) fn tell(&self, signal: Signal) {
        self.send(signal);
        self.go_on();
    }

    /// Sends a signal to all of them. They may have ended, and some be others' by now: nothing can be done about that.
    pub(crate) fn send(&self, signal: Signal) {
        let _ = killpg(self.id, signal);
    }

    /// Kills all of them, and waits so long at the most until none is left.
    pub(crate) fn kill(&mut self, within: Duration) {
        self.send(Signal::SIGKILL);
        let began = Instant::now();
        while began.elapsed() < within && (matches!(self.end(), Ok(None)) || self.is_left()) {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets them run again.
    pub(crate) fn go_on(&self) {
        self.send(Signal::SIGCONT);
    }

    /// How the command ended, once it has.
    pub(crate) fn end(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            self.ended = self.leader.try_wait()?;
        }
        Ok(self.ended)
    }

    /// By which signal the command was stopped, if it was since this was last asked.
    ///
    /// `waitpid` would say too that it ended, but not by which signal where `nix` knows none of that number.
    #[cfg(target_os = "linux")]
    pub(crate) fn stopped(&mut self) -> Option<Signal> {
        stopped(self.id)
    }

    /// Elsewhere `waitid` is not to be had; `nix` knows all signals that there are.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn stopped(&mut self) -> Option<Signal> {
        use std::os::unix::process::ExitStatusExt;

        use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
        match waitpid(self.id, Some(WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED)) {
            Ok(WaitStatus::Stopped(_, signal)) => return Some(signal),
            Ok(WaitStatus::Exited(_, code)) => self.ended = Some(ExitStatus::from_raw(code << 8)),
            Ok(WaitStatus::Signaled(_, signal, _)) => self.ended = Some(ExitStatus::from_raw(signal as i32)),
            _ => {}
        }
        None
    }

    /// Whether any of them runs, once the command itself has ended.
    pub(crate) fn is_left(&self) -> bool {
        // Some that may not be signalled are there as well.
        let there = matches!(killpg(self.id, None), Ok(()) | Err(Errno::EPERM));
        there && members::live(self.id).unwrap_or(true)
    }
}

/// By which signal a child was stopped, if it was since this was last asked.
#[cfg(target_os = "linux")]
pub(crate) fn stopped(child: Pid) -> Option<Signal> {
    use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
    match waitid(Id::Pid(child), WaitPidFlag::WNOHANG | WaitPidFlag::WSTOPPED) {
        Ok(WaitStatus::Stopped(_, signal)) => Some(signal),
        _ => None,
    }
}

/// Who has ended and was not waited for by its parent counts as a member for the system, possibly for ever.
#[cfg(target_os = "linux")]
mod members {
    use std::{fs, io};

    use nix::unistd::Pid;

    /// Whether one of the group has not ended, as `/proc` says.
    pub(super) fn live(group: Pid) -> io::Result<bool> {
        let processes = fs::read_dir("/proc")?.filter_map(Result::ok);
        let mut stats = processes.filter_map(|process| fs::read(process.path().join("stat")).ok());
        Ok(stats.any(|stat| is_live_in(group, &String::from_utf8_lossy(&stat)).unwrap_or(false)))
    }

    /// The line is `id (name) state parent group …`, and any byte may be in the name.
    pub(super) fn is_live_in(group: Pid, stat: &str) -> Option<bool> {
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let (state, its_group) = (fields.next()?, fields.nth(1)?);
        Some(its_group.parse() == Ok(group.as_raw()) && !matches!(state, "Z" | "X"))
    }
}

#[cfg(not(target_os = "linux"))]
mod members {
    use nix::unistd::Pid;

    pub(super) fn live(_: Pid) -> Option<bool> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_has_ended_does_not_live() {
        let lives = |stat| members::is_live_in(Pid::from_raw(7), stat);
        assert_eq!(lives("12 (a) ) b) S 1 7 7 0 -1"), Some(true));
        assert_eq!(lives("12 (cat) Z 1 7 7 0 -1"), Some(false));
        assert_eq!(lives("12 (cat) S 7 8 7 0 -1"), Some(false));
        assert_eq!(lives(""), None);
    }
}
