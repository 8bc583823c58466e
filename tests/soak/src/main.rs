//! Enters and exits scopes, one in a hundred with a fault, and prints what the process holds before and after.

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use soak::{Kind, languages, soak};

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
    /// So many of a guest of each language, in place of all sorts, without a fault.
    #[arg(long)]
    languages: bool,
    /// Most of managers that await, in two stacks at once.
    #[arg(long, conflicts_with = "languages")]
    awaiting: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.languages {
        return of_languages(options.scopes).unwrap_or_else(|error| {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        });
    }
    let kind = if options.awaiting { Kind::Awaits } else { Kind::Calls };
    let soaked = match soak(kind, options.scopes) {
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

/// Fails if the process grows; what a guest keeps, which the end of its lease releases, is told.
fn of_languages(scopes: usize) -> Result<ExitCode, Box<dyn Error>> {
    let mut status = ExitCode::SUCCESS;
    println!("{scopes} scopes of each language, every other of which fails\n{}", languages::HEAD);
    for guest in ::languages::guests()? {
        let kept = languages::scopes_of(&guest, scopes)?;
        println!("{kept}");
        if let growing @ [_, ..] = kept.growing().as_slice() {
            println!("{:12} grew by more than 5 %: {}", "", growing.join(", "));
            status = ExitCode::FAILURE;
        }
    }
    Ok(status)
}
