//! How little a plugin may use while it is fuzzed.

use std::time::Duration;

use ambit::{Cache, EngineBuilder, Limits};

/// Limits that a run meets within milliseconds, whatever it does.
#[must_use]
pub fn tiny() -> Limits {
    let budget = Duration::from_millis(20);
    Limits::default()
        .enter(budget)
        .exit(budget)
        .recover(budget)
        .memory(1 << 20)
        .table_elements(10_000)
        .handles(100)
        .errors(100)
        .message(1 << 10)
        .value(64 << 10)
        .checkpoint(1 << 10)
}

/// An engine that keeps nothing on the disk, and gives plugins that little while they are loaded.
pub fn engine() -> EngineBuilder {
    ambit::Engine::builder().cache(Cache::none()).limits(tiny())
}
