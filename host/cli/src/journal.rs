//! Where checkpoints are kept: [`JournalOptions`].

use std::path::PathBuf;

use ambit::Journal;
use clap::{Args, ValueHint};

use crate::engine::named;
use crate::problem::{Failure, Problem};
use crate::status::Status;

/// What stands over the options of the journal.
pub(crate) const HEADING: &str = "Journal, from which `ambit recover` releases what a killed `ambit` held";

/// Where the checkpoints of managers are kept, which outlast a process that is killed.
#[derive(Args, Debug)]
#[command(next_help_heading = HEADING)]
pub(crate) struct JournalOptions {
    /// Keeps the journal here [default: the user's state] [env: AMBIT_JOURNAL]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    journal: Option<PathBuf>,
}

impl JournalOptions {
    /// The same, where it must be there: one that is named wrongly is not made.
    pub(crate) fn existing(&self) -> Result<Journal, Failure> {
        match &self.journal {
            Some(folder) if !folder.exists() => {
                let wrong = Problem::new(format!("there is no journal `{}`", folder.display()));
                let help = "`--journal` names the folder that `ambit with` was given";
                Err(wrong.help(help).ends(Status::Usage))
            }
            _ => Ok(self.journal()),
        }
    }

    /// As the library takes it.
    pub(crate) fn journal(&self) -> Journal {
        named(self.journal.as_ref(), "AMBIT_JOURNAL").map_or_else(Journal::user, Journal::at)
    }
}
