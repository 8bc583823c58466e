//! Builds the guest of a language, by the language's own builder: [`build`].

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::SystemTime;
use std::{env, fs, io};

use crate::Language;

/// Why there is no guest of a language.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A program that builds it cannot be run.
    #[error(
        "the guest in {language} is built with `{program}`, which cannot be run: {source}; `make languages` says what is missing"
    )]
    Program {
        /// Of which language it is.
        language: Language,
        /// What was to run.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// It said why it does not build it.
    #[error(
        "the guest in {language} was not built: `{program}` ended with {status}, and what it said stands above"
    )]
    Failed {
        /// Of which language it is.
        language: Language,
        /// What ran.
        program: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// It cannot be kept.
    #[error("the guest in {language} cannot be kept: {source}")]
    File {
        /// Of which language it is.
        language: Language,
        /// What the system said.
        source: io::Error,
    },
}

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Where the guests lie, below [`ROOT`].
const GUESTS: &str = "tests/conformance/guests";

/// A folder of this crate's own in cargo's.
pub(crate) fn folder() -> PathBuf {
    target().join("conformance")
}

fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(ROOT).join("target"), PathBuf::from)
}

/// The plugin of a language, made anew where a source of it has changed; `tools/languages` installs what makes it. Its manager
/// `scripted` plays those of scenarios, and its others those of cases.
///
/// # Errors
/// A tool is missing, or does not build it.
pub fn build(language: Language) -> Result<PathBuf, BuildError> {
    let sources: &[&str] = match language {
        Language::Rust => return Ok(programs::SCRIPTED.into()),
        Language::AsyncRust => return Ok(programs::SCRIPTED_AWAITS.into()),
        Language::Python => &["guest/python/src", "tests/conformance/guests/python"],
        Language::JavaScript => &["guest/js/src", "guest/js/wasi", "tests/conformance/guests/js"],
        Language::C => &["guest/c", "tests/conformance/guests/c"],
        Language::Zig => &["guest/c", "guest/zig", "tests/conformance/guests/zig"],
    };
    let file = |source| BuildError::File { language, source };
    let plugin = folder().join(language.name()).with_extension("wasm");
    let sources = sources.iter().chain(&["wit"]).map(|source| Path::new(ROOT).join(source));
    if let Some(made) = modified(&plugin)
        && newest(sources).map_err(file)? < made
    {
        return Ok(plugin);
    }
    fs::create_dir_all(folder()).map_err(file)?;
    // Under another name until it is whole.
    let draft = folder().join(format!("{}-{}.wasm", language.name(), std::process::id()));
    run(language, Command::new("tools/languages"))?;
    steps(language, &draft).into_iter().try_for_each(|step| run(language, step))?;
    fs::rename(&draft, &plugin).map_err(file)?;
    Ok(plugin)
}

/// What makes the plugin of its sources; cargo has made that in Rust.
fn steps(language: Language, output: &Path) -> Vec<Command> {
    match language {
        Language::Rust | Language::AsyncRust => Vec::new(),
        Language::Python => python(output),
        Language::JavaScript => javascript(output),
        Language::C => c(&["c/plugin.c", "c/scripted.c", "c/cases.c"], output),
        Language::Zig => c(&["zig/plugin.zig"], output),
    }
}

fn python(output: &Path) -> Vec<Command> {
    let mut build = Command::new(target().join("python/bin/python"));
    build.env("PYTHONPATH", "guest/python/src");
    build.args(["-m", "ambit_guest", "build", &source("python/app.py"), "--output"]).arg(output);
    vec![build]
}

fn javascript(output: &Path) -> Vec<Command> {
    let mut types = Command::new("npm");
    types.args(["run", "--silent", "prepare", "--prefix", "guest/js"]);
    let mut build = Command::new("guest/js/bin/ambit-guest.js");
    build.args(["build", &source("js/app.js"), "-o"]).arg(output);
    vec![types, build]
}

/// It compiles Zig, too.
fn c(sources: &[&str], output: &Path) -> Vec<Command> {
    let mut build = Command::new("guest/c/build");
    build.args(sources.iter().map(|path| source(path))).arg("-o").arg(output);
    vec![build]
}

fn source(path: &str) -> String {
    format!("{GUESTS}/{path}")
}

/// Runs it in the root of the repository. What it says on stderr is for the user.
fn run(language: Language, mut command: Command) -> Result<(), BuildError> {
    let program = command.get_program().to_string_lossy().into_owned();
    // What the builders install is where tools/stage has it.
    command.env("AMBIT_TOOLS", target().join("cache/ambit-tools"));
    let status = command.current_dir(ROOT).stdin(Stdio::null()).stdout(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(BuildError::Failed { language, program, status }),
        Err(source) => Err(BuildError::Program { language, program, source }),
    }
}

/// When the newest of these files, or of those in these folders, was changed.
fn newest(paths: impl IntoIterator<Item = PathBuf>) -> io::Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    let mut paths: Vec<_> = paths.into_iter().collect();
    while let Some(path) = paths.pop() {
        let about = path.metadata()?;
        if !about.is_dir() {
            newest = newest.max(about.modified()?);
        } else if path.file_name().is_none_or(|name| name != "__pycache__") {
            for entry in fs::read_dir(&path)? {
                paths.push(entry?.path());
            }
        }
    }
    Ok(newest)
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|about| about.modified()).ok()
}
