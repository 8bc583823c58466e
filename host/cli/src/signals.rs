//! Being told to stop: [`Signals`].

use std::{fs, io};

use nix::libc::{self, siginfo_t};
use nix::sys::signal::Signal;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithRawSiginfo;

/// SIGINT, SIGTERM and SIGHUP, from now on; and SIGCHLD, by which the end of the command is known.
///
/// One that was ignored when the program started stays ignored, also for the command: `nohup` asks for that of SIGHUP, and a
/// shell without job control of SIGINT, for what it runs in the background. Everything happens on the thread that asks, so
/// that nothing can come between what is asked and what is done with the answer.
#[derive(Debug)]
pub(crate) struct Signals {
    signals: SignalsInfo<WithRawSiginfo>,
    first: Option<Signal>,
}

/// A signal that asks to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) signal: Signal,
    /// Whether a key at the terminal sent it: then every process of the foreground group got it.
    pub(crate) by_key: bool,
}

impl Signals {
    /// Takes the signals from now on.
    pub(crate) fn listen() -> io::Result<Self> {
        let requests = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal));
        Ok(Self { signals: SignalsInfo::new(requests.chain([SIGCHLD]))?, first: None })
    }

    /// The first signal that asked to stop, if any did.
    pub(crate) fn first(&mut self) -> Option<Signal> {
        self.arrived();
        self.first
    }

    /// The requests that arrived since they were last asked for.
    pub(crate) fn arrived(&mut self) -> Vec<Request> {
        let infos: Vec<siginfo_t> = self.signals.pending().collect();
        self.requests(&infos)
    }

    /// Waits until a signal arrives; where a child changed its state, that can be no request.
    pub(crate) fn wait(&mut self) -> Vec<Request> {
        let infos: Vec<siginfo_t> = self.signals.wait().collect();
        self.requests(&infos)
    }

    fn requests(&mut self, infos: &[siginfo_t]) -> Vec<Request> {
        let requests: Vec<Request> = infos.iter().filter_map(request).collect();
        self.first = self.first.or(requests.first().map(|request| request.signal));
        requests
    }
}

fn request(info: &siginfo_t) -> Option<Request> {
    let signal = Signal::try_from(info.si_signo).ok().filter(|signal| *signal != Signal::SIGCHLD)?;
    Some(Request { signal, by_key: signal == Signal::SIGINT && is_from_kernel(info) })
}

/// Whether no process sent it. The kernel sends SIGINT for a key; its SIGHUP goes to the leader of a session alone.
#[cfg(target_os = "linux")]
fn is_from_kernel(info: &siginfo_t) -> bool {
    info.si_code == libc::SI_KERNEL
}

/// Other systems do not say: the command may then get it twice.
#[cfg(not(target_os = "linux"))]
fn is_from_kernel(_: &siginfo_t) -> bool {
    false
}

/// Whether a signal is ignored, as Linux tells; elsewhere none is taken to be.
fn is_ignored(signal: libc::c_int) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
