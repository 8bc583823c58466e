//! Where checkpoints are kept: [`JournalOptions`].

use std::env;
use std::path::PathBuf;

use ambit::Journal;
use clap::{Args, ValueHint};

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
        // By hand: to clap, a variable that is empty is an option without its value.
        let variable = || env::var_os("AMBIT_JOURNAL").filter(|folder| !folder.is_empty()).map(PathBuf::from);
        self.journal.clone().or_else(variable).map_or_else(Journal::user, Journal::at)
    }
}
