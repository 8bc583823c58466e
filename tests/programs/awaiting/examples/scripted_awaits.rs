//! The same managers as those that await: `scripted` awaits more than its yield, in each phase.

use std::time::Duration;

use ambit_guest::{Result, Scope, manager, plugin, time};
use program_guests::cases::{
    chdir, cutting, documented, keywords, lock, measuring, missing, passing, recursive, suppress, wrapping,
};
use program_guests::script::{Script, play};

/// Behaves as its script says.
#[manager]
async fn scripted(
    /// What its log lines begin with.
    name: String,
    script: Script,
    scope: Scope<String>,
) -> Result {
    play(name, script, scope, async || time::sleep(Duration::from_micros(10)).await).await
}

plugin!(
    async scripted, passing, wrapping, cutting, documented, keywords, measuring, recursive, lock, chdir,
    suppress, missing
);
