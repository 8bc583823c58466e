//! What happens beside managers that are entered, or that exit: [`Attending`]. Either may take long, as a lock does that is waited for.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use ambit::{CancellationToken, Engine};
use nix::sys::signal::Signal;

use crate::problem::Problem;
use crate::recover;
use crate::report;
use crate::signals::Heard;
use crate::visible;

/// Which manager is entered, or exits.
#[derive(Debug)]
pub(crate) struct Attending<'e> {
    engine: &'e Engine,
    /// Told where the command will not run.
    stop: CancellationToken,
    manager: Mutex<String>,
}

/// What managers do meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Enter,
    Exit,
}

/// How often the journal is looked at. Who waits for a lock may wait for an `ambit` that was killed meanwhile.
const AGAIN: Duration = Duration::from_secs(1);

impl<'e> Attending<'e> {
    pub(crate) fn new(engine: &'e Engine, stop: CancellationToken) -> Self {
        Self { engine, stop, manager: Mutex::default() }
    }

    /// Runs `work`, in which managers are entered, or exit. A signal that comes meanwhile and asks to stop is answered at once by what
    /// it has to wait for. Where managers are entered it cancels that, and what another `ambit` held that is killed meanwhile is
    /// released.
    pub(crate) fn during<T>(&self, phase: Phase, work: impl FnOnce() -> T) -> T {
        // Without it, all comes to the same in the end.
        let Ok(heard) = Heard::listen() else { return work() };
        thread::scope(|scope| {
            let end = heard.end();
            scope.spawn(move || self.attend(phase, heard));
            let done = work();
            drop(end);
            done
        })
    }

    /// This manager is next.
    pub(crate) fn at(&self, manager: &str) {
        manager.clone_into(&mut self.manager.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn attend(&self, phase: Phase, mut heard: Heard) {
        let mut looks = phase == Phase::Enter;
        while let Some(signal) = heard.within(AGAIN) {
            match signal {
                Some(signal) => {
                    // A manager that exits would take it for its body's.
                    if phase == Phase::Enter {
                        self.stop.cancel();
                    }
                    report::say(&self.waits(phase, signal));
                }
                None => looks = looks && recover::again(self.engine),
            }
        }
    }

    fn waits(&self, phase: Phase, signal: Signal) -> Problem {
        let manager = self.manager.lock().unwrap_or_else(PoisonError::into_inner);
        let manager = visible::line(&manager);
        let (waits, help) = match phase {
            Phase::Enter => (
                format!("`{manager}` is being entered: `ambit` stops when that has ended"),
                "`--enter-budget TIME` bounds how long it may take",
            ),
            Phase::Exit => (
                format!("`{manager}` exits: `ambit` ends when all have exited"),
                "`--exit-budget TIME` bounds how long each may take",
            ),
        };
        Problem::warning(format!("{signal} came while {waits}")).help(help)
    }
}
