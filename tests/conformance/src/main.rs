//! Plays a recording, and says where it went otherwise than in CPython.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use ambit::Isolation;
use clap::Parser;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use conformance::{ISOLATIONS, Suite, Tally};

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
    /// A plugin, in whatever language, whose manager `scripted` plays those of the scenarios; else that in Rust does.
    #[arg(long, value_name = "FILE", conflicts_with = "native")]
    guest: Option<PathBuf>,
    /// How far the managers' scopes are kept apart.
    #[arg(long, value_name = "POLICY", default_value = ISOLATIONS[0].0, value_parser = isolation())]
    isolation: Isolation,
    /// How many differences to show.
    #[arg(long, value_name = "N", default_value_t = 3)]
    show: usize,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let tally = match run(&options) {
        Ok(tally) => tally,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    for difference in tally.failed.iter().take(options.show) {
        println!("{difference}");
    }
    println!("{tally}");
    ExitCode::from(u8::from(!tally.failed.is_empty()))
}

fn run(options: &Options) -> Result<Tally, Box<dyn Error>> {
    let suite = Suite::read(&options.file)?;
    if options.native {
        return Ok(suite.play_natively());
    }
    Ok(suite.play_sandboxed(options.guest.as_deref(), options.isolation)?)
}

fn isolation() -> impl TypedValueParser<Value = Isolation> {
    let named =
        |name: String| ISOLATIONS.into_iter().find(|(each, _)| *each == name).map(|(_, policy)| policy);
    let none = || "there is no such policy".to_owned();
    PossibleValuesParser::new(ISOLATIONS.map(|(name, _)| name))
        .try_map(move |name| named(name).ok_or_else(none))
}
