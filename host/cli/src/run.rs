//! The command from its start to its end: [`Run`].

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use signal_hook::low_level::emulate_default_handler;

use crate::group::Group;
use crate::limits::Patience;
use crate::signals::{Arrived, Signals};
use crate::terminal::Terminal;

/// A command that runs.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    group: Group,
    signals: &'a mut Signals,
    patience: Patience,
    terminal: Terminal,
    stop: Option<Stop>,
    force: Force,
    /// When it is too late for what comes next.
    until: Option<Instant>,
}

/// Why the command was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The program was, by this signal.
    Signal(Signal),
    /// It took longer than that.
    Timeout(Duration),
}

/// What it took to end what was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Force {
    /// No more than to tell it.
    None,
    /// It was killed after this grace.
    Killed { after: Duration },
    /// It was killed, and has not ended since: the system does not let it, or `ambit` was not allowed to.
    InVain,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stop: Option<Stop>,
    pub(crate) force: Force,
    /// None where it was killed in vain.
    pub(crate) status: Option<ExitStatus>,
}

impl<'a> Run<'a> {
    /// Goes on with a command that was started.
    pub(crate) fn new(group: Group, signals: &'a mut Signals, patience: Patience) -> Self {
        let until = patience.body.and_then(after);
        let (terminal, stop, force) = (Terminal::default(), None, Force::None);
        Self { group, signals, patience, terminal, stop, force, until }
    }

    /// Waits until the command has ended, and all of its group too if it was told to stop.
    ///
    /// # Errors
    /// The system does not let it wait. Then they are killed: nothing of the command may run while managers exit.
    pub(crate) fn finish(mut self) -> io::Result<Ran> {
        self.wait().inspect_err(|_| {
            self.terminal.take();
            self.group.kill(DIES_WITHIN);
        })
    }

    fn wait(&mut self) -> io::Result<Ran> {
        let status = self.command()?;
        // Messages of managers, and keys while they exit, are for `ambit`.
        self.take_terminal(status);
        // One that came at the last moment counts: a command that stops `ambit` and ends is cancelled.
        let arrived = self.signals.arrived();
        self.heed(&arrived)?;
        if self.stop.is_some() {
            self.rest()?;
        }
        Ok(Ran { stop: self.stop, force: self.force, status })
    }

    /// Until the command itself has ended, or was killed in vain.
    fn command(&mut self) -> io::Result<Option<ExitStatus>> {
        let mut arrived = self.signals.arrived();
        loop {
            self.heed(&arrived)?;
            if let Some(status) = self.group.end()? {
                return Ok(Some(status));
            }
            if let Some(by) = self.group.stopped() {
                self.mind_terminal(by)?;
            }
            self.press();
            if self.force == Force::InVain {
                return Ok(None);
            }
            arrived = self.signals.wait(self.until)?;
        }
    }

    /// Until nothing of the command runs that could disturb what managers restore and release.
    ///
    /// Nobody hears of the end of processes that are not its children, so they are asked about, less and less often.
    fn rest(&mut self) -> io::Result<()> {
        let mut pause = Duration::from_millis(1);
        while self.force != Force::InVain && self.group.is_left() {
            let until = [after(pause), self.until].into_iter().flatten().min();
            let arrived = self.signals.wait(until)?;
            self.heed(&arrived)?;
            self.press();
            pause = (pause * 2).min(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Does what the signals ask for that arrived.
    fn heed(&mut self, arrived: &Arrived) -> io::Result<()> {
        if arrived.quit {
            self.group.tell(Signal::SIGQUIT);
            self.terminal.take();
            emulate_default_handler(Signal::SIGQUIT as i32)?;
        }
        for signal in &arrived.requests {
            self.tell(Stop::Signal(*signal), *signal);
        }
        if arrived.suspend {
            self.group.send(Signal::SIGTSTP);
            self.suspend(false, false)?;
        }
        Ok(())
    }

    fn tell(&mut self, stop: Stop, signal: Signal) {
        self.told(stop);
        self.group.tell(signal);
    }

    /// From the first time on the grace is measured.
    fn told(&mut self, stop: Stop) {
        if self.stop.is_none() {
            self.stop = Some(stop);
            self.until = after(self.patience.grace);
        }
    }

    /// Does what is due when time is over.
    fn press(&mut self) {
        if self.until.is_none_or(|until| Instant::now() < until) {
            return;
        }
        match (self.stop, self.force, self.patience.body) {
            (None, _, Some(body)) => self.tell(Stop::Timeout(body), Signal::SIGTERM),
            (_, Force::None, _) => {
                self.group.send(Signal::SIGKILL);
                self.force = Force::Killed { after: self.patience.grace };
                self.until = after(DIES_WITHIN);
            }
            _ => self.force = Force::InVain,
        }
    }

    /// The command was stopped: by the terminal, if it wants to have it, or by a key when it has it.
    fn mind_terminal(&mut self, by: Signal) -> io::Result<()> {
        let wants = matches!(by, Signal::SIGTTIN | Signal::SIGTTOU);
        let command = self.group.id();
        if self.terminal.holder(command).is_none() || !wants && !self.terminal.is_given() {
            // Whoever stopped it will continue it.
            Ok(())
        } else if wants && self.terminal.give(command) {
            self.group.go_on();
            Ok(())
        } else {
            self.suspend(true, wants)
        }
    }

    /// Is stopped as the command is, until the shell continues both, in the foreground or not.
    fn suspend(&mut self, whole: bool, wants: bool) -> io::Result<()> {
        let wants = wants || self.terminal.is_given();
        self.terminal.take();
        let was_stopped = self.signals.stop_self(whole)?;
        let has_it = wants && self.terminal.give(self.group.id());
        if wants && !has_it && !was_stopped {
            // It would be stopped again at once, for ever. POSIX has SIGHUP for a stopped group that nobody continues.
            self.signals.suppose(Signal::SIGHUP);
            self.tell(Stop::Signal(Signal::SIGHUP), Signal::SIGHUP);
        }
        self.group.go_on();
        Ok(())
    }

    /// When the command had it, what a key sent, or hanging up, reached only the command. One that died of it was told to
    /// stop, and so were all; one that went on, or ended in its own way, has dealt with it: the rule of shells.
    fn take_terminal(&mut self, status: Option<ExitStatus>) {
        let signal =
            status.and_then(|status| status.signal()).and_then(|number| Signal::try_from(number).ok());
        if let Some(signal @ (Signal::SIGINT | Signal::SIGHUP)) = signal
            && self.terminal.is_given()
        {
            self.signals.suppose(signal);
            self.told(Stop::Signal(signal));
        }
        self.terminal.take();
    }
}

/// How long the system is given to end what was killed.
const DIES_WITHIN: Duration = Duration::from_secs(10);

/// None is never.
fn after(duration: Duration) -> Option<Instant> {
    Instant::now().checked_add(duration)
}
