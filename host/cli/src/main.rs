//! `ambit`: runs a command inside of managers that are WebAssembly components.
//!
//! One file a command: [`with`], [`inspect`], [`new`], [`build`], [`recover`], [`completions`]. Results go to stdout, all else to stderr.
#![forbid(unsafe_code)]

mod attending;
mod build;
mod chain;
mod color;
mod command;
mod completions;
mod ending;
mod engine;
mod expression;
mod group;
mod inputs;
mod inspect;
mod journal;
mod json;
mod language;
mod limits;
mod nearest;
mod new;
mod output;
mod policy;
mod prepare;
mod problem;
mod quantity;
mod recover;
mod report;
mod rights;
mod run;
mod signals;
mod standard;
mod status;
mod terminal;
mod trace;
mod variables;
mod visible;
mod with;

use std::process::ExitCode;

use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::color::Color;
use crate::limits::RecoveryLimits;
use crate::problem::Failure;
use crate::status::Status;

/// Runs a command inside of managers: what they set up, they clean up, however the command ends
#[derive(Debug, Parser)]
#[command(name = "ambit", version, arg_required_else_help = true, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Verb,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
    /// Tells on stderr what happens; twice, more of it; AMBIT_LOG takes a filter
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
}

const EXAMPLES: &str = "\
Examples:
  A directory that is gone afterwards, in $DIR:
    ambit with --dir /tmp 'tempdir() as DIR' -- sh -c 'touch $DIR/x; ls $DIR'
  Files as they were before, unless the command succeeds:
    ambit with --dir . 'rollback(\"config.toml\")' -- ./migrate.sh
  What a manager does, and which arguments it takes:
    ambit inspect tempdir
  A plugin of your own:
    ambit new python drafts
  What an `ambit` that was killed left behind:
    ambit recover
  All that there is to know:
    ambit with --help
";

#[derive(Debug, Subcommand)]
enum Verb {
    With(Box<with::With>),
    Inspect(inspect::Inspect),
    New(new::New),
    Build(build::Build),
    Recover(recover::Recover),
    Completions(completions::Completions),
}

fn command_line() -> clap::Command {
    Cli::command().mut_subcommand("recover", RecoveryLimits::of_scopes)
}

fn main() -> ExitCode {
    // Help and errors of the command line are coloured before it is read.
    let command = command_line().color(Color::of_arguments(std::env::args_os()).into());
    match command.try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => ExitCode::from(run(cli)),
        Err(error) => {
            // A message that cannot be written has no other place to go.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { Status::Usage.code() } else { 0 })
        }
    }
}

fn run(cli: Cli) -> u8 {
    cli.color.apply();
    trace::listen(cli.verbose, cli.color.is_on());
    let done = match cli.command {
        Verb::With(with) => with.run(),
        Verb::Inspect(inspect) => inspect.run(),
        Verb::New(new) => new.run(),
        Verb::Build(build) => build.run(),
        Verb::Recover(recover) => recover.run(),
        Verb::Completions(completions) => completions.run(),
    };
    done.unwrap_or_else(|Failure { status, problem }| {
        report::say(&problem);
        status.code()
    })
}
