//! `crash AMBIT [ROUNDS]`: see the library.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Kills `ambit` at random moments, and checks that `ambit recover` leaves nothing behind
#[derive(Debug, Parser)]
struct Cli {
    /// The program
    ambit: PathBuf,
    /// How many times it is killed
    #[arg(default_value_t = 500)]
    rounds: u32,
}

fn main() -> ExitCode {
    let Cli { ambit, rounds } = Cli::parse();
    let ambit = std::path::absolute(&ambit).unwrap_or(ambit);
    match crash::crash(&ambit, rounds) {
        Ok(tally) => {
            print!("{tally}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
