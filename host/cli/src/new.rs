//! `ambit new`: a project that builds.

use std::fs;
use std::io;
use std::path::Path;

use clap::Args;

use crate::build::sdk;
use crate::language::Language;
use crate::output::print;
use crate::problem::{Failure, Problem};
use crate::status::Status;

/// Begins a project: a manager, its test and its README
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  The folder `drafts`, with a manager in Python, and its plugin:
    ambit new python drafts
    cd drafts
    ambit build
")]
pub(crate) struct New {
    /// c, javascript, python, rust, typescript or zig
    language: String,
    /// What the project is called, and the folder that is made for it here
    name: String,
}

/// What the projects are called where they lie in the repository.
const NAME: &str = "demo";

impl New {
    pub(crate) fn run(self) -> Result<u8, Failure> {
        let language = Language::named(&self.language)?;
        check(&self.name)?;
        let folder = Path::new(&self.name);
        make(folder, language, &self.name).map_err(|error| {
            let wrong = Problem::new(format!("the folder `{}` cannot be made", self.name));
            match error.kind() {
                io::ErrorKind::AlreadyExists => wrong.because(["there is one already".to_owned()]),
                _ => wrong.because_of(&error),
            }
            .ends(Status::Setup)
        })?;
        print(
            format!("{0}/README.md says what is there. Begin by: cd {0} && ambit build\n", self.name)
                .as_bytes(),
        )
    }
}

fn make(folder: &Path, language: Language, name: &str) -> io::Result<()> {
    fs::create_dir(folder)?;
    let filled = fill(folder, language, name);
    if filled.is_err() {
        // It is in nobody's way where one tries again. Why it was not filled is what counts.
        let _ = fs::remove_dir_all(folder);
    }
    filled
}

fn fill(folder: &Path, language: Language, name: &str) -> io::Result<()> {
    for (path, text) in sdk::template(language) {
        let file = folder.join(path);
        if let Some(around) = file.parent() {
            fs::create_dir_all(around)?;
        }
        fs::write(file, text.replace(NAME, name))?;
    }
    Ok(())
}

/// A name that cargo, npm and PyPI take alike.
fn check(name: &str) -> Result<(), Failure> {
    let is_of = |allowed: fn(char) -> bool| name.chars().all(allowed);
    let is_good = name.starts_with(|first: char| first.is_ascii_lowercase())
        && is_of(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '-' || each == '_')
        && name.ends_with(|last: char| last.is_ascii_alphanumeric())
        && name.len() <= 64;
    if is_good {
        return Ok(());
    }
    let help = "a name is of small letters a to z, digits, `-` and `_`, begins with a letter, ends with a letter or a \
                digit, and has at most 64 of them";
    Err(Problem::new(format!("`{name}` is no name for a project")).help(help).ends(Status::Usage))
}
