//! Plays a recording, and says where it went otherwise than in CPython.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use conformance::{Native, Outcome, Suite, Tally, Trace, play};

/// Plays scenarios that were recorded from CPython, and shows the first differences side by side.
///
/// The status is 0 if all that were played ended as in CPython, 1 if one did not, 2 if the file is no recording.
#[derive(Parser)]
#[command(name = "conformance")]
struct Options {
    /// The recording: `sync.json`, or what `oracle.py generate` printed.
    file: PathBuf,
    /// Interpret the managers in this process, on the semantics alone, in place of a sandbox.
    #[arg(long)]
    native: bool,
    /// How many differences to show.
    #[arg(long, value_name = "N", default_value_t = 3)]
    show: usize,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let suite = match Suite::read(&options.file) {
        Ok(suite) => suite,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let tally = native(&suite);
    for difference in tally.failed.iter().take(options.show) {
        println!("{difference}");
    }
    println!("{tally}");
    ExitCode::from(u8::from(!tally.failed.is_empty()))
}

fn native(suite: &Suite) -> Tally {
    suite.play(|scenario| {
        let trace = Trace::default();
        let host = Native::new(scenario, trace.clone());
        Outcome::of(scenario, play(scenario, &host, &trace))
    })
}
