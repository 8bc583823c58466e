//! What a manager can ask of the phase that it is in, its enter or its exit.

use std::time::Duration;

/// How much is left of the budget that the host gives this enter, exit or recovery. When it is over, the scope is lost: so who
/// retries, or waits for others, stops a little earlier. In a native test there is no end to it.
#[must_use]
pub fn time_left() -> Duration {
    #[cfg(target_arch = "wasm32")]
    return Duration::from_nanos(crate::bindings::ambit::scope::phase::time_left());
    #[cfg(not(target_arch = "wasm32"))]
    return Duration::MAX;
}

/// Whether the body was cancelled, or will be as soon as this enter ends, which nothing cuts short: it may give up by itself, with
/// an error. An exit is told [by its error](crate::Error::is_cancelled) too. In a native test it is false.
#[must_use]
pub fn is_cancelled() -> bool {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::ambit::scope::phase::is_cancelled();
    #[cfg(not(target_arch = "wasm32"))]
    return false;
}
