//! Where checkpoints are kept: [`JournalOptions`].

use std::path::PathBuf;

use ambit::Journal;
use clap::{Args, ValueHint};

use crate::engine::named;

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
    /// As the library takes it.
    pub(crate) fn journal(&self) -> Journal {
        named(self.journal.as_ref(), "AMBIT_JOURNAL").map_or_else(Journal::user, Journal::at)
    }
}
