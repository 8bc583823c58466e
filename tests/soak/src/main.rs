//! Enters and exits scopes, one in a hundred with a fault, and prints what the process holds before and after.

use std::process::ExitCode;

use clap::Parser;
use soak::soak;

/// Enters and exits scopes of all sorts, one in a hundred with a fault, under each policy of isolation, and prints what the
/// process holds before and after.
///
/// The status is 0 if that is the same within 5 %, and each fault was told of; else 1.
#[derive(Parser)]
#[command(name = "soak")]
struct Options {
    /// How many scopes.
    #[arg(default_value_t = 1_000_000)]
    scopes: usize,
}

fn main() -> ExitCode {
    let soaked = match soak(Options::parse().scopes) {
        Ok(soaked) => soaked,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{soaked}");
    match soaked.differing().as_slice() {
        [] => ExitCode::SUCCESS,
        differing => {
            println!("more than 5 % apart: {}", differing.join(", "));
            ExitCode::FAILURE
        }
    }
}
