//! Waiting until a service answers: [`wait`].

use std::time::Duration;

use ambit_guest::time::{sleep, timeout};
use ambit_guest::{Error, Result, kinds, phase};

use crate::address::Address;
use crate::answer::{Answered, ask};
use crate::patience::Patience;
use crate::refusal::{Refusal, not_granted};

/// Asks again and again until the service answers.
///
/// # Errors
/// `service:unready`, once the wait is over or the body was cancelled; `not-granted`, at once.
pub(crate) async fn wait(address: &Address, wait: Duration) -> Result<Answered> {
    let mut patience = Patience::begin(wait);
    loop {
        // It is asked once even where there is no wait.
        let within = patience.left().clamp(Duration::from_millis(100), LONGEST);
        let last = match timeout(within, ask(address)).await {
            Some(Ok(answered)) => return Ok(answered),
            Some(Err(Refusal::NotGranted(place))) => return Err(not_granted(address, &place)),
            Some(Err(Refusal::NotYet(why))) => why,
            None => format!("did not answer within {:.1} s", within.as_secs_f64()),
        };
        if phase::is_cancelled() {
            return Err(unready(address, &patience, &last, kinds::INTERRUPTED));
        }
        match patience.pause() {
            Some(pause) => sleep(pause).await,
            None => return Err(unready(address, &patience, &last, kinds::TIMED_OUT)),
        }
    }
}

/// How long one answer is waited for: a server that has been asked as it started may never give it.
const LONGEST: Duration = Duration::from_secs(10);

fn unready(address: &Address, patience: &Patience, last: &str, kind: &str) -> Error {
    let waited = patience.waited();
    let message = format!("`{address}` was waited for in vain for {waited}: it {last}");
    let error = Error::new(["rust:ambit_service::Unready", "service:unready", "service", kind], message);
    if patience.is_cut { error.note(CUT_SHORT) } else { error }
}

/// Why a wait was shorter than `wait` says.
pub(crate) const CUT_SHORT: &str = "`wait` is longer than the host's budget, which ended it";
