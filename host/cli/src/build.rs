//! `ambit build`: a plugin of a source, in any language.

mod c;
mod javascript;
mod python;
mod rust;
pub(crate) mod sdk;
mod source;
mod step;
mod stop;
mod tool;

use std::fs::{self, File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ambit::{ErrorKind, Journal};
use clap::{Args, ValueHint};
use signal_hook::low_level::emulate_default_handler;

use crate::build::source::Source;
use crate::build::step::step;
use crate::engine::{EngineOptions, set_up};
use crate::inspect;
use crate::language::Language;
use crate::output::print;
use crate::problem::{Failure, Problem};
use crate::status::Status;
use crate::visible;

/// Makes a plugin of a source in C, JavaScript, Python, Rust, TypeScript or Zig
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  The project in this folder, as `ambit new` made it:
    ambit build
  A file by itself:
    ambit build plugin.py
  Several files in C, under another name:
    ambit build lock.c clock.c -o locks.wasm

It uses the language's own tools: cargo for Rust, Python for itself, C and Zig, Node with
npm for JavaScript, TypeScript, C and Zig. What else it needs it installs once, into
the folder `ambit-tools` of your cache, or into that of AMBIT_TOOLS. What is there can
be removed at any time: it is installed again when it is needed.

It ends with 0, with 110 where the command line is wrong, or with 111 where no plugin was made.
")]
pub(crate) struct Build {
    /// The files in C, the one in another language (behind one in Zig, files in C), or the folder of a project [default: this folder]
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    sources: Vec<PathBuf>,
    /// The plugin [default: beside the source, or in the project's folder, ending in .wasm]
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
    #[command(flatten)]
    engine: EngineOptions,
}

impl Build {
    pub(crate) fn run(self) -> Result<u8, Failure> {
        let source = Source::of(&self.sources)?;
        let output = self.output.as_ref().unwrap_or(&source.output);
        let failed = |error: &io::Error| {
            let wrong = Problem::new(format!("`{}` cannot be written", output.display()));
            wrong.because_of(error).ends(Status::Setup)
        };
        // Ahead of what takes long.
        let around = Path::new(".").join(output.parent().unwrap_or(Path::new("")));
        fs::metadata(&around).map_err(|error| failed(&error))?;
        spare(output)?;
        let folder = tempfile::tempdir().map_err(|error| {
            Problem::new("there is no place for what a build makes on its way")
                .because_of(&error)
                .ends(Status::Setup)
        })?;
        let made = folder.path().join("plugin.wasm");
        let built = match source.language {
            Language::C | Language::Zig => c::build(&source, &made),
            Language::JavaScript | Language::TypeScript => javascript::build(&source, &made),
            Language::Python => python::build(&source, &made),
            Language::Rust => rust::build(&source, &made),
        };
        let plugin = fs::read(&made);
        drop(folder);
        if let Some(signal) = stop::told() {
            // It ends by that signal, as it would have by itself.
            let _ = emulate_default_handler(signal as i32);
        }
        built?;
        let plugin = plugin.map_err(|error| {
            Problem::new("the build ended well, and left no plugin").because_of(&error).ends(Status::Setup)
        })?;
        let signatures = self.check(source.language, output, &plugin)?;
        write(&around, output, &plugin).map_err(|error| failed(&error))?;
        print(signatures.as_bytes())
    }

    /// Loads it, as hosts do: its managers, as `ambit with` takes them.
    fn check(&self, language: Language, output: &Path, plugin: &[u8]) -> Result<String, Failure> {
        let engine = self.engine.start(Journal::none())?;
        let name = shown(output);
        step(&format!("Loading {name}, of {} KiB", plugin.len().div_ceil(1024)), || {
            let wrong = |error: ambit::Error| {
                let wrong = set_up(&error);
                // The SDKs of the other languages see it ahead of this.
                match (language, error.kind()) {
                    (Language::Rust, ErrorKind::WrongWorld) => wrong.help(
                        "no source says which managers the plugin has: write `ambit_guest::plugin!(lock);`, with their names",
                    ),
                    _ => wrong,
                }
                .ends(Status::Setup)
            };
            let plugin = engine.load_bytes(&name, plugin).map_err(wrong)?;
            let signatures = inspect::signatures(&plugin);
            let lines: Vec<_> = signatures
                .iter()
                .map(|each| format!("{}\n", visible::line(&format!("{name}:{each}"))))
                .collect();
            if lines.is_empty() {
                return Err(
                    Problem::new(format!("the plugin `{name}` offers no manager")).ends(Status::Setup)
                );
            }
            inspect::warn_of_names(&plugin);
            Ok(lines.concat())
        })
    }
}

/// Keeps what is no plugin from being replaced by one: it may be a source.
fn spare(output: &Path) -> Result<(), Failure> {
    const WASM: &[u8] = b"\0asm";
    let refused = |why: &str| {
        let refused =
            Problem::new(format!("`{}` is not replaced by a plugin: it is {why}", output.display()));
        Err(refused.help("give `--output` the name of another file").ends(Status::Usage))
    };
    let mut begins = Vec::new();
    match fs::metadata(output) {
        Err(_) => return Ok(()),
        Ok(found) if found.is_dir() => return refused("a directory"),
        Ok(found) if !found.is_file() => return refused("no file"),
        Ok(_) => {}
    }
    let read = File::open(output).and_then(|file| file.take(WASM.len() as u64).read_to_end(&mut begins));
    match read {
        Ok(_) if !begins.is_empty() && begins != WASM => refused("no plugin"),
        // What cannot be read, and may be written, is told where it is written.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// As a plugin is named for `ambit with`: by a path with a slash in it.
fn shown(output: &Path) -> String {
    let name = output.display().to_string();
    if name.contains('/') { name } else { format!("./{name}") }
}

/// Whole or not at all: a draft in the same folder takes the plugin's name.
fn write(around: &Path, output: &Path, plugin: &[u8]) -> io::Result<()> {
    // The rights of any file that is made, where those of a draft are its maker's alone.
    let rights = Permissions::from_mode(0o666);
    let mut draft = tempfile::Builder::new().permissions(rights).tempfile_in(around)?;
    draft.write_all(plugin)?;
    draft.persist(output)?;
    Ok(())
}
