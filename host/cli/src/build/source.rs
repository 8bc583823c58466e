//! What is built: [`Source`].

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::Table;

use crate::language::Language;
use crate::nearest::list;
use crate::problem::{Failure, Problem};
use crate::status::Status;

/// What a plugin is made of.
#[derive(Debug, PartialEq)]
pub(crate) struct Source {
    pub(crate) language: Language,
    /// Its files as the user knows them; of a package of cargo's its folder, or its one file.
    pub(crate) files: Vec<PathBuf>,
    /// Where the plugin goes, unless the user says otherwise.
    pub(crate) output: PathBuf,
    /// The folder of the project that it is, if it is one.
    pub(crate) project: Option<PathBuf>,
}

/// What makes a folder a project.
const CARGO: &str = "Cargo.toml";
const PYTHON: &str = "pyproject.toml";
const NPM: &str = "package.json";
const ZIG: &str = "plugin.zig";

impl Source {
    /// What the words of the command line name: files, a folder, or nothing for the current one.
    pub(crate) fn of(words: &[PathBuf]) -> Result<Self, Failure> {
        match words {
            [] => Self::project(Path::new("")),
            [folder] if folder.is_dir() && !folder.join("__init__.py").is_file() => Self::project(folder),
            [module] if module.is_dir() => Ok(Self::files(Language::Python, words)),
            [file, more @ ..] => {
                if let Some(absent) = words.iter().find(|file| !file.is_file()) {
                    return Err(
                        Problem::new(format!("there is no file `{}`", absent.display())).ends(Status::Setup)
                    );
                }
                let language = Language::of(file)?;
                for other in more {
                    let takes_c = matches!(language, Language::C | Language::Zig);
                    if !takes_c || Language::of(other)? != Language::C {
                        let wrong = Problem::new(format!("`{}` is a source too many", other.display()));
                        let help = "one is enough, since it imports the others; only in C there may be several, also behind one in Zig";
                        return Err(wrong.help(help).ends(Status::Usage));
                    }
                }
                Ok(Self::files(language, words))
            }
        }
    }

    fn files(language: Language, files: &[PathBuf]) -> Self {
        let output = files[0].with_extension("wasm");
        Self { language, files: files.to_vec(), output, project: None }
    }

    fn project(folder: &Path) -> Result<Self, Failure> {
        let found: Vec<_> =
            [CARGO, PYTHON, NPM, ZIG].into_iter().filter(|name| folder.join(name).is_file()).collect();
        let (language, files, name) = match found[..] {
            [] => of_c(folder)?,
            [CARGO] => of_cargo(folder)?,
            [PYTHON] => of_python(folder)?,
            [NPM] => of_npm(folder)?,
            [ZIG] => of_zig(folder)?,
            _ => {
                let wrong =
                    Problem::new(format!("{} has more than one project: {}", shown(folder), list(&found)));
                return Err(wrong.help("name the source, as `ambit build plugin.py`").ends(Status::Usage));
            }
        };
        // A package of npm's may have an owner ahead of its name.
        let name = name.rsplit('/').next().unwrap_or(&name);
        let output = folder.join(format!("{name}.wasm"));
        Ok(Self { language, files, output, project: Some(folder.to_owned()) })
    }
}

type Found = (Language, Vec<PathBuf>, String);

fn of_cargo(folder: &Path) -> Result<Found, Failure> {
    let path = folder.join(CARGO);
    let manifest = toml(&path)?;
    let name = manifest.get("package").and_then(|package| package.get("name")?.as_str());
    let help = "go to the folder of one of its packages";
    Ok((Language::Rust, vec![folder.to_owned()], said(&path, name, "of which package it is", help)?))
}

fn of_python(folder: &Path) -> Result<Found, Failure> {
    let path = folder.join(PYTHON);
    let manifest = toml(&path)?;
    let name = manifest.get("project").and_then(|project| project.get("name")?.as_str());
    let name = said(&path, name, "what the project is called", "write `name = \"…\"` below `[project]`")?;
    let source = manifest.get("tool").and_then(|tool| tool.get("ambit")?.get("source")?.as_str());
    let help = "write `source = \"plugin.py\"` below `[tool.ambit]`";
    let source = said(&path, source, "which module is the plugin", help)?;
    Ok((Language::Python, vec![folder.join(source)], name))
}

fn of_npm(folder: &Path) -> Result<Found, Failure> {
    let path = folder.join(NPM);
    let manifest: serde_json::Value =
        serde_json::from_str(&text(&path)?).map_err(|error| malformed(&path, "JSON", &error.to_string()))?;
    let name =
        said(&path, manifest["name"].as_str(), "what the package is called", "write `\"name\": \"…\"`")?;
    let help = "write `\"main\": \"plugin.js\"`";
    let main = manifest["main"].as_str().map(|main| folder.join(main));
    let language = main.as_deref().map(Language::of).transpose()?;
    let is_ours = |language: &Language| matches!(language, Language::JavaScript | Language::TypeScript);
    match (main, language.filter(is_ours)) {
        (Some(main), Some(language)) => Ok((language, vec![main], name)),
        _ => Err(unsaid(&path, "which module is the plugin", help)),
    }
}

/// All that there is in C, under the name of the folder.
fn of_c(folder: &Path) -> Result<Found, Failure> {
    let files = files_in_c(folder)?;
    if files.is_empty() {
        let wrong = Problem::new(format!("there is nothing to build in {}", shown(folder)));
        let help = "name a source, as `ambit build plugin.py`, or begin a project: `ambit new python NAME`";
        return Err(wrong.help(help).ends(Status::Usage));
    }
    Ok((Language::C, files, name_of(folder)?))
}

/// The one file in Zig, which imports the others, and all that there is in C beside it, under the name of the folder.
fn of_zig(folder: &Path) -> Result<Found, Failure> {
    let files = [vec![folder.join(ZIG)], files_in_c(folder)?].concat();
    Ok((Language::Zig, files, name_of(folder)?))
}

fn files_in_c(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error| unreadable(folder, &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(Path::new(".").join(folder)).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        if Path::new(&name).extension() == Some(OsStr::new("c")) {
            files.push(folder.join(name));
        }
    }
    files.sort();
    Ok(files)
}

fn name_of(folder: &Path) -> Result<String, Failure> {
    let whole = Path::new(".").join(folder).canonicalize().map_err(|error| unreadable(folder, &error))?;
    Ok(whole.file_name().unwrap_or(OsStr::new("plugin")).to_string_lossy().into_owned())
}

fn unreadable(folder: &Path, error: &io::Error) -> Failure {
    Problem::new(format!("{} cannot be read", shown(folder))).because_of(error).ends(Status::Setup)
}

fn toml(path: &Path) -> Result<Table, Failure> {
    text(path)?.parse().map_err(|error: toml::de::Error| malformed(path, "TOML", &error.to_string()))
}

fn text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| {
        Problem::new(format!("`{}` cannot be read", path.display())).because_of(&error).ends(Status::Setup)
    })
}

fn malformed(path: &Path, form: &str, why: &str) -> Failure {
    Problem::new(format!("`{}` is no {form}: {}", path.display(), why.trim())).ends(Status::Setup)
}

fn said(path: &Path, found: Option<&str>, what: &str, help: &str) -> Result<String, Failure> {
    found.map(str::to_owned).ok_or_else(|| unsaid(path, what, help))
}

fn unsaid(path: &Path, what: &str, help: &str) -> Failure {
    Problem::new(format!("`{}` does not say {what}", path.display())).help(help).ends(Status::Setup)
}

fn shown(folder: &Path) -> String {
    if folder == Path::new("") { "this folder".into() } else { format!("`{}`", folder.display()) }
}
