//! Plays the managers of recorded scenarios, and awaits more than their yields.

use std::time::Duration;

use ambit_guest::{Result, Scope, manager, plugin, time};
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

plugin!(async scripted);
