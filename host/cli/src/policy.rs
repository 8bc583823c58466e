//! What the managers may do to errors that are not theirs: [`PolicyOptions`].

use ambit::Policy;
use clap::Args;

/// The policy that the command line sets, for all managers alike.
#[derive(Args, Debug)]
#[command(next_help_heading = "Errors, for all managers; as a default, they may suppress and replace them")]
pub(crate) struct PolicyOptions {
    /// Lets no manager suppress an error; one that tries is told
    #[arg(long, conflicts_with = "suppress_only")]
    no_suppress: bool,
    /// Lets managers suppress errors of this kind only; may be repeated
    #[arg(long, value_name = "KIND", value_parser = kind)]
    suppress_only: Vec<String>,
    /// Lets no manager raise another error in place of the one in flight
    #[arg(long)]
    no_replace: bool,
}

impl PolicyOptions {
    /// As the library takes it.
    pub(crate) fn policy(&self) -> Policy {
        let policy = Policy::default().suppress_errors(!self.no_suppress).replace(!self.no_replace);
        if self.suppress_only.is_empty() { policy } else { policy.suppress_only(&self.suppress_only) }
    }
}

fn kind(text: &str) -> Result<String, String> {
    let is_kind = !text.is_empty() && !text.contains(char::is_whitespace);
    let form = || "a kind is one word: `exit-status`, `exit-status:3`, `not-found`".to_owned();
    is_kind.then(|| text.to_owned()).ok_or_else(form)
}
