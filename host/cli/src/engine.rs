//! Where plugins run: [`EngineOptions`].

use std::env;
use std::path::{Path, PathBuf};

use ambit::{Cache, Engine, Error, ErrorKind, Journal};
use clap::{Args, ValueHint};

use crate::language::Language;
use crate::problem::{Failure, Problem};
use crate::quantity::stack;
use crate::report;
use crate::status::Status;

/// How the engine is set up.
#[derive(Args, Debug)]
#[command(next_help_heading = "Compiled code")]
pub(crate) struct EngineOptions {
    /// Keeps compiled plugins here [default: the user's cache] [env: AMBIT_CACHE]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    cache: Option<PathBuf>,
    /// Keeps no compiled plugins
    #[arg(long)]
    no_cache: bool,
    /// The stack that the calls of a plugin may take [default: 512KiB]
    #[arg(long, value_name = "SIZE", value_parser = stack, help_heading = "Limits, for each manager")]
    stack: Option<usize>,
}

/// As the library has it.
const STACK: usize = 512 << 10;

impl EngineOptions {
    /// The engine. A cache that cannot be used is told, and does no harm.
    pub(crate) fn start(&self, journal: Journal) -> Result<Engine, Failure> {
        self.try_start(journal).map_err(|error| set_up(&error).ends(Status::Setup))
    }

    /// The same, for who goes on without a journal that cannot be used.
    pub(crate) fn try_start(&self, journal: Journal) -> Result<Engine, Error> {
        let cache = match named(self.cache.as_ref(), "AMBIT_CACHE") {
            _ if self.no_cache => Cache::none(),
            Some(folder) => Cache::at(folder),
            None => Cache::user(),
        };
        let stack = self.stack.unwrap_or(STACK);
        let engine =
            Engine::builder().cache(cache).journal(journal).stack(stack).output(report::pass_on).build()?;
        if let Some(problem) = engine.cache_problem() {
            let warning = Problem::warning(format!("plugins are compiled anew each time: {problem}"));
            report::say(&warning.help("`--cache FOLDER` names another folder, `--no-cache` none"));
        }
        Ok(engine)
    }
}

/// The folder that an option names, or else a variable of the environment.
pub(crate) fn named(option: Option<&PathBuf>, variable: &str) -> Option<PathBuf> {
    // By hand: to clap, a variable that is empty is an option without its value.
    let variable = || env::var_os(variable).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    option.cloned().or_else(variable)
}

/// What the library says of a failed set-up.
pub(crate) fn set_up(error: &Error) -> Problem {
    Problem::new(error.to_string()).maybe_help(error.help())
}

/// What the library says of a file that it does not load. A source is a plugin once it is built.
pub(crate) fn not_loaded(error: &Error, path: &str) -> Problem {
    let wrong = set_up(error);
    if error.kind() == ErrorKind::NotAComponent && Language::of(Path::new(path)).is_ok() {
        let plugin = Path::new(path).with_extension("wasm");
        return wrong
            .help(format!("it is a source: `ambit build {path}` makes `{}` of it", plugin.display()));
    }
    wrong
}
