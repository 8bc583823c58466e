//! What is built, and with what: [`Guest`].

use std::collections::BTreeSet;
use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::artifact::Artifact;
use crate::{Error, Tool, dep_info, environment, tool};

/// A cargo package that is compiled to components.
#[derive(Clone, Debug)]
pub struct Guest {
    package: String,
    examples: bool,
    folder: PathBuf,
    target_dir: Option<PathBuf>,
    profile: String,
    config: Vec<String>,
    tool: Tool,
    awaits: bool,
}

/// What came of a guest.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Built {
    /// Its components, by name.
    pub components: Vec<Component>,
    /// The files that they were made of: sources, manifests, WIT texts.
    pub sources: BTreeSet<PathBuf>,
}

/// A component on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Component {
    /// The name of the library, or of the example.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

impl Guest {
    /// The library of a package of the workspace around the current folder.
    pub fn package(name: impl Into<String>) -> Self {
        Self {
            package: name.into(),
            examples: false,
            folder: PathBuf::from("."),
            target_dir: None,
            profile: "guest".into(),
            config: Vec::new(),
            tool: Tool::Cargo,
            awaits: false,
        }
    }

    /// The examples of the package, in place of its library.
    #[must_use]
    pub fn examples(self) -> Self {
        Self { examples: true, ..self }
    }

    /// The folder whose workspace the package is in.
    #[must_use]
    pub fn folder(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..self }
    }

    /// Where cargo puts what it makes; as a default, where it does for that workspace.
    #[must_use]
    pub fn target_dir(self, folder: impl Into<PathBuf>) -> Self {
        Self { target_dir: Some(folder.into()), ..self }
    }

    /// The profile; as a default `guest`, which the workspace defines.
    #[must_use]
    pub fn profile(self, name: impl Into<String>) -> Self {
        Self { profile: name.into(), ..self }
    }

    /// A setting of cargo's, as `--config` takes it.
    #[must_use]
    pub fn config(mut self, setting: impl Into<String>) -> Self {
        self.config.push(setting.into());
        self
    }

    /// What builds it; as a default, cargo alone.
    #[must_use]
    pub fn tool(self, tool: Tool) -> Self {
        Self { tool, ..self }
    }

    /// Its managers await: cargo alone builds it, whatever is chosen.
    #[must_use]
    pub fn awaits(self) -> Self {
        Self { awaits: true, ..self }.tool(Tool::Cargo)
    }

    /// What builds it, unless only one tool can.
    #[must_use]
    pub(crate) fn chosen(self, tool: Tool) -> Self {
        if self.awaits { self } else { self.tool(tool) }
    }

    /// The target that it is compiled for.
    #[must_use]
    pub fn target(&self) -> &'static str {
        self.tool.target()
    }

    /// Builds it. The compiler's messages go to stderr.
    ///
    /// # Errors
    /// The build cannot be started, fails, or makes no component.
    pub fn build(&self) -> Result<Built, Error> {
        self.build_by(Command::output)
    }

    /// The same, where `run` runs the tool to its end: for who has to do something meanwhile, such as to end it when told to.
    ///
    /// # Errors
    /// As for [`build`](Self::build); one of `run` says that it cannot be started.
    pub fn build_by(&self, run: impl FnOnce(&mut Command) -> io::Result<Output>) -> Result<Built, Error> {
        let target = self.tool.target();
        if !is_installed(target, &self.folder) {
            return Err(Error::TargetMissing { target });
        }
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let output = run(&mut command).map_err(|source| self.tool.not_started(&command, source))?;
        if !output.status.success() {
            return Err(self.failed(&command, output.status));
        }
        let artifacts = Artifact::read_all(&String::from_utf8_lossy(&output.stdout));
        let mut built = Built { components: Vec::new(), sources: BTreeSet::new() };
        for artifact in artifacts.iter().filter(|each| each.is_local()) {
            built.sources.extend(artifact.manifests());
        }
        let made = artifacts.iter().filter(|each| each.package() == self.package && each.is_component());
        for artifact in made.filter(|each| each.is_example() == self.examples) {
            for path in artifact.components() {
                built.sources.extend(dep_info::read(&path.with_extension("d"))?);
                built.components.push(Component { name: artifact.name().to_owned(), path });
            }
        }
        if built.components.is_empty() {
            return Err(Error::NoComponent { package: self.package.clone() });
        }
        built.components.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(built)
    }

    fn command(&self) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = match self.tool {
            Tool::Cargo => Command::new(&cargo),
            Tool::CargoComponent => Command::new(tool::cargo_component()),
        };
        environment::clean(&mut command);
        command.env("CARGO", cargo).current_dir(&self.folder);
        match self.tool {
            Tool::Cargo => command.args(["build", "--target", self.tool.target()]),
            Tool::CargoComponent => command.args(["component", "build"]),
        };
        command.args(["--package", &self.package, "--profile", &self.profile]);
        command.args(["--message-format", "json-render-diagnostics"]);
        command.args(self.examples.then_some("--examples"));
        command.args(self.config.iter().flat_map(|setting| ["--config", setting]));
        if let Some(folder) = &self.target_dir {
            command.arg("--target-dir").arg(folder);
        }
        command
    }

    fn failed(&self, command: &Command, status: std::process::ExitStatus) -> Error {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
        Error::Failed { package: self.package.clone(), command: words.join(" "), status }
    }
}

/// Whether the compiler has a standard library for the target; where it cannot say, it is not to blame.
fn is_installed(target: &str, folder: &Path) -> bool {
    let mut rustc = Command::new("rustc");
    environment::clean(&mut rustc);
    let output = rustc.args(["--print", "target-libdir", "--target", target]).current_dir(folder).output();
    output.map_or(true, |output| {
        !output.status.success() || Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}
