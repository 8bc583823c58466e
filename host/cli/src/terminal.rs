//! The terminal that people type at, and which group of processes may read from it: [`Terminal`].

use std::fs::{File, OpenOptions};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::unistd::{Pid, getpgid, getpgrp, getppid, getsid, tcgetpgrp, tcsetpgrp};

/// The controlling terminal, which the command is given when it asks for it, as `sudo` does.
///
/// The command's group starts in the background of the terminal. So a key reaches `ambit`, with all that it was started with,
/// until the command reads from the terminal or changes its modes.
#[derive(Debug, Default)]
pub(crate) struct Terminal {
    file: Option<File>,
    /// Whether the command has it.
    given: bool,
}

/// Which group is in the foreground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// That of `ambit`.
    Own,
    /// That of the command.
    Command,
    /// Another: that of `ambit` is in the background.
    Other,
}

impl Terminal {
    /// Whether the command has it.
    pub(crate) fn is_given(&self) -> bool {
        self.given
    }

    /// Who has it; none where there is no terminal.
    pub(crate) fn holder(&mut self, command: Pid) -> Option<Holder> {
        if self.file.is_none() {
            self.file = OpenOptions::new().read(true).write(true).open("/dev/tty").ok();
        }
        Some(match tcgetpgrp(self.file.as_ref()?).ok()? {
            holder if holder == getpgrp() => Holder::Own,
            holder if holder == command => Holder::Command,
            _ => Holder::Other,
        })
    }

    /// Gives it to the command's group, if it is ours to give; `true` if the command has it then.
    pub(crate) fn give(&mut self, command: Pid) -> bool {
        self.given = match self.holder(command) {
            Some(Holder::Own) => self.set(command),
            Some(Holder::Command) => true,
            Some(Holder::Other) | None => false,
        };
        self.given
    }

    /// Takes it back, if it was given.
    pub(crate) fn take(&mut self) {
        if self.given {
            self.given = false;
            // Where it has hung up there is nothing to take.
            let _ = self.set(getpgrp());
        }
    }

    /// Who sets it from the background is stopped by SIGTTOU, unless that is blocked.
    fn set(&self, group: Pid) -> bool {
        let Some(file) = &self.file else { return false };
        let mut blocked = SigSet::empty();
        blocked.add(Signal::SIGTTOU);
        let Ok(before) = blocked.thread_swap_mask(SigmaskHow::SIG_BLOCK) else { return false };
        let set = tcsetpgrp(file, group);
        // It was a mask a moment ago.
        let _ = before.thread_set_mask();
        set.is_ok()
    }
}

/// Whether nobody would continue this process if it were stopped, so that a terminal cannot stop it: the leader of its session
/// is of the same group, or its parent is of another session.
pub(crate) fn is_orphaned() -> bool {
    let orphaned = || {
        let session = getsid(None)?;
        Ok::<_, Errno>(session == getpgid(None)? || getsid(Some(getppid()))? != session)
    };
    orphaned().unwrap_or(true)
}
