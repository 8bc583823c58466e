//! Being told to stop: [`Signals`].

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{fs, mem};

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{self, Signal};
use nix::unistd::getpgrp;
use signal_hook::consts::{SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::flag::register_conditional_default;
use signal_hook::iterator::backend::{Handle, SignalDelivery};
use signal_hook::iterator::exfiltrator::SignalOnly;

use crate::terminal;

/// SIGINT, SIGTERM and SIGHUP, from now on; and SIGCHLD, by which the end of the command is known.
///
/// SIGQUIT and SIGTSTP end and stop the program by themselves, but while the command runs: see [`Signals::attend`].
///
/// One that was ignored when the program started stays ignored, also for the command: `nohup` asks for that of SIGHUP, and a
/// shell without job control of SIGINT, for what it runs in the background. Everything happens on the thread that asks, so
/// that nothing can come between what is asked and what is done with the answer.
#[derive(Debug)]
pub(crate) struct Signals {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
    /// Whether SIGQUIT and SIGTSTP do what they do as a default.
    alone: Arc<AtomicBool>,
    first: Option<Signal>,
    arrived: Arrived,
    continued: bool,
}

/// What arrived since it was last asked for.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    /// The signals that ask to stop.
    pub(crate) requests: Vec<Signal>,
    /// SIGQUIT.
    pub(crate) quit: bool,
    /// SIGTSTP.
    pub(crate) suspend: bool,
    /// SIGCHLD: a child may have changed its state.
    child: bool,
}

impl Signals {
    /// Takes the signals from now on.
    pub(crate) fn listen() -> io::Result<Self> {
        let alone = Arc::new(AtomicBool::new(true));
        // A terminal cannot stop an orphaned group, since nobody would continue it.
        let suspends = (!terminal::is_orphaned()).then_some(SIGTSTP);
        let defaults: Vec<_> = suspends.into_iter().chain([SIGQUIT]).filter(|it| !is_ignored(*it)).collect();
        for signal in &defaults {
            register_conditional_default(*signal, Arc::clone(&alone))?;
        }
        let requests = requests();
        let (reader, writer) = UnixStream::pair()?;
        let signals = requests.chain(defaults).chain([SIGCHLD, SIGCONT]);
        let delivery = SignalDelivery::with_pipe(reader, writer, SignalOnly, signals)?;
        Ok(Self { delivery, alone, first: None, arrived: Arrived::default(), continued: false })
    }

    /// From now on SIGQUIT and SIGTSTP are left to who asks what arrived; afterwards to the system again.
    pub(crate) fn attend<T>(&mut self, during: impl FnOnce(&mut Self) -> T) -> T {
        self.alone.store(false, Ordering::SeqCst);
        // One that came earlier was obeyed already.
        self.collect();
        (self.arrived.quit, self.arrived.suspend) = (false, false);
        let done = during(self);
        self.alone.store(true, Ordering::SeqCst);
        done
    }

    /// The first signal that asked to stop, if any did.
    pub(crate) fn first(&mut self) -> Option<Signal> {
        self.collect();
        self.first
    }

    /// Takes it that this signal asked to stop, though it reached only others.
    pub(crate) fn suppose(&mut self, signal: Signal) {
        self.first = self.first.or(Some(signal));
    }

    /// What arrived since it was last asked for.
    pub(crate) fn arrived(&mut self) -> Arrived {
        self.collect();
        mem::take(&mut self.arrived)
    }

    /// Waits until something arrives, or until then.
    pub(crate) fn wait(&mut self, until: Option<Instant>) -> io::Result<Arrived> {
        self.wait_for(until, |it| {
            let Arrived { requests, quit, suspend, child } = &it.arrived;
            !requests.is_empty() || *quit || *suspend || *child
        })?;
        Ok(self.arrived())
    }

    /// Stops this process, with all of its group if `whole`, as a job of a shell is stopped, until it is continued.
    ///
    /// `false`: it was not stopped, since its group is orphaned, so that nobody would continue it. What arrives meanwhile is
    /// kept.
    pub(crate) fn stop_self(&mut self, whole: bool) -> io::Result<bool> {
        if terminal::is_orphaned() {
            return Ok(false);
        }
        self.collect();
        self.continued = false;
        // Not SIGSTOP, which stops an orphaned group too; and SIGTSTP has a handler.
        if whole {
            signal::killpg(getpgrp(), Signal::SIGTTIN)?
        } else {
            signal::raise(Signal::SIGTTIN)?
        }
        // Here it is stopped, or soon is, where another thread is the first to hear of it.
        self.wait_for(Instant::now().checked_add(STOPS_WITHIN), |it| it.continued)?;
        Ok(self.continued)
    }

    fn wait_for(&mut self, until: Option<Instant>, enough: impl Fn(&Self) -> bool) -> io::Result<()> {
        loop {
            self.collect();
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if enough(self) || left.is_some_and(|left| left.is_zero()) {
                return Ok(());
            }
            let readable = PollFd::new(self.delivery.get_read().as_fd(), PollFlags::POLLIN);
            match poll(&mut [readable], left.map_or(PollTimeout::NONE, timeout)) {
                Ok(_) | Err(nix::errno::Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What arrives after the pipe was emptied is in the pipe again, so that nothing is slept through.
    fn collect(&mut self) {
        let signals: Vec<_> = self.delivery.pending().collect();
        for signal in signals.iter().filter_map(|signal| Signal::try_from(*signal).ok()) {
            match signal {
                Signal::SIGCHLD => self.arrived.child = true,
                Signal::SIGCONT => self.continued = true,
                Signal::SIGQUIT => self.arrived.quit = true,
                Signal::SIGTSTP => self.arrived.suspend = true,
                request => {
                    self.first = self.first.or(Some(request));
                    self.arrived.requests.push(request);
                }
            }
        }
    }
}

/// The signals that ask to stop, for who only tells of them.
#[derive(Debug)]
pub(crate) struct Heard(SignalDelivery<UnixStream, SignalOnly>);

/// Ends listening when it is dropped.
#[derive(Debug)]
pub(crate) struct End(Handle);

impl Heard {
    pub(crate) fn listen() -> io::Result<Self> {
        Self::of(requests())
    }

    /// Those, and SIGQUIT, which end the program but while `alone` is not set: for who has somebody else to end then.
    pub(crate) fn unless(alone: &Arc<AtomicBool>) -> io::Result<Self> {
        let signals: Vec<_> = requests().chain([SIGQUIT].into_iter().filter(|it| !is_ignored(*it))).collect();
        for signal in &signals {
            register_conditional_default(*signal, Arc::clone(alone))?;
        }
        Self::of(signals)
    }

    fn of(signals: impl IntoIterator<Item = libc::c_int>) -> io::Result<Self> {
        let (reader, writer) = UnixStream::pair()?;
        Ok(Self(SignalDelivery::with_pipe(reader, writer, SignalOnly, signals)?))
    }

    pub(crate) fn end(&self) -> End {
        End(self.0.handle())
    }

    /// The next signal, if one comes within this time; of several that come at once, one. None at all once it has ended.
    pub(crate) fn within(&mut self, time: Duration) -> Option<Option<Signal>> {
        let mut readable = [PollFd::new(self.0.get_read().as_fd(), PollFlags::POLLIN)];
        // Interrupted, it is as if time was over.
        let _ = poll(&mut readable, timeout(time));
        (!self.0.handle().is_closed()).then(|| self.came())
    }

    /// A signal that came and was not told of, if there is one; also once it has ended.
    pub(crate) fn came(&mut self) -> Option<Signal> {
        self.0.pending().filter_map(|signal| Signal::try_from(signal).ok()).reduce(|first, _| first)
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn requests() -> impl Iterator<Item = libc::c_int> {
    [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|it| !is_ignored(*it))
}

/// How long a process may go on that is to be stopped, and may take to hear that it was continued, before it is taken for one
/// that cannot be stopped.
const STOPS_WITHIN: Duration = Duration::from_secs(2);

/// At least as long, so that nobody is woken up shortly before his time, again and again.
fn timeout(left: Duration) -> PollTimeout {
    let ms = left.as_nanos().div_ceil(1_000_000);
    PollTimeout::try_from(ms).unwrap_or(PollTimeout::MAX)
}

/// Whether a signal is ignored, as Linux tells; elsewhere none is taken to be.
fn is_ignored(signal: libc::c_int) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_never_shorter_than_what_is_left() {
        let ms = |left| timeout(left).as_millis();
        assert_eq!(ms(Duration::from_nanos(1)), Some(1));
        assert_eq!(ms(Duration::from_micros(1500)), Some(2));
        assert_eq!(ms(Duration::from_secs(3600 * 24 * 365)), PollTimeout::MAX.as_millis());
    }
}
