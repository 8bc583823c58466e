//! Plays the managers of recorded scenarios.

use ambit_guest::{Result, Scope, manager};
use program_guests::script::{Script, play};

/// Behaves as its script says.
#[manager]
pub(crate) async fn scripted(
    /// What its log lines begin with.
    name: String,
    script: Script,
    scope: Scope<String>,
) -> Result {
    play(name, script, scope, async || {}).await
}
