//! What happens beside managers that are being entered: [`Entering`]. That may take long, as a lock does that is waited for.

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

/// Which manager is being entered.
#[derive(Debug)]
pub(crate) struct Entering {
    manager: Mutex<String>,
    /// Told where the command will not run.
    stop: CancellationToken,
}

/// How often the journal is looked at. Who waits for a lock may wait for an `ambit` that was killed meanwhile.
const AGAIN: Duration = Duration::from_secs(1);

impl Entering {
    /// Runs `work`, which enters managers. A signal that asks to stop cancels that, and is answered at once by what it has to wait
    /// for; and what another `ambit` held that is killed meanwhile is released.
    pub(crate) fn during<T>(engine: &Engine, stop: CancellationToken, work: impl FnOnce(&Self) -> T) -> T {
        let entering = Self { manager: Mutex::default(), stop };
        // Without it, all comes to the same in the end.
        let Ok(heard) = Heard::listen() else { return work(&entering) };
        thread::scope(|scope| {
            let end = heard.end();
            let entering = &entering;
            scope.spawn(move || entering.attend(heard, engine));
            let done = work(entering);
            drop(end);
            done
        })
    }

    /// This manager is next.
    pub(crate) fn at(&self, manager: &str) {
        manager.clone_into(&mut self.manager.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn attend(&self, mut heard: Heard, engine: &Engine) {
        let (mut is_told, mut looks) = (false, true);
        while let Some(signal) = heard.within(AGAIN) {
            match signal {
                Some(signal) if !is_told => {
                    is_told = true;
                    self.stop.cancel();
                    report::say(&self.waits(signal));
                }
                Some(_) => {}
                None => looks = looks && recover::again(engine),
            }
        }
    }

    fn waits(&self, signal: Signal) -> Problem {
        let manager = self.manager.lock().unwrap_or_else(PoisonError::into_inner);
        let manager = visible::line(&manager);
        Problem::warning(format!(
            "{signal} came while `{manager}` is being entered: `ambit` stops when that has ended"
        ))
        .help("`--enter-budget TIME` bounds how long it may take")
    }
}
