//! The programs that build: [`Tool`].

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::build::step::{MARK, say};
use crate::build::stop::attended;
use crate::problem::{Failure, Problem};
use crate::status::Status;

/// A program of the user's, found on the `PATH`.
#[derive(Debug)]
pub(crate) struct Tool {
    program: &'static str,
    /// As people call it.
    name: &'static str,
    /// The oldest version that will do.
    least: (u32, u32),
    /// How to get it.
    get: &'static str,
}

pub(crate) const CARGO: Tool = Tool {
    program: "cargo",
    name: "Rust",
    least: (1, 95),
    get: "install it by https://rustup.rs; `rustup update` makes it newer",
};
pub(crate) const NODE: Tool = Tool {
    program: "node",
    name: "Node",
    least: (20, 0),
    get: "install it from https://nodejs.org; npm comes with it",
};
pub(crate) const NPM: Tool =
    Tool { program: "npm", name: "npm", least: (9, 0), get: "install it with Node, from https://nodejs.org" };
pub(crate) const PYTHON: Tool = Tool {
    program: "python3",
    name: "Python",
    least: (3, 10),
    get: "install it from https://www.python.org/downloads, or by your system's packages",
};

impl Tool {
    pub(crate) const fn at_least(self, major: u32, minor: u32) -> Self {
        Self { least: (major, minor), ..self }
    }

    /// Its name and version, if it will do for what is built in that folder.
    pub(crate) fn check(&self, folder: &Path, what: &str) -> Result<String, Failure> {
        let Self { program, name, least: (major, minor), get } = self;
        let needed = format!("{what} needs {name} {major}.{minor} or newer, as `{program}`");
        let asked = Command::new(program)
            .arg("--version")
            .current_dir(Path::new(".").join(folder))
            .stdin(Stdio::null())
            .output();
        let refused = |why: String| Problem::new(format!("{needed}: {why}")).help(*get).ends(Status::Setup);
        let output = match asked {
            Ok(output) => output,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(refused("it is in no folder of the PATH".into()));
            }
            Err(error) => return Err(refused(error.to_string())),
        };
        let said = String::from_utf8_lossy(&output.stdout);
        match version(&said) {
            Some((version, numbers)) if numbers >= self.least => Ok(format!("{name} {version}")),
            Some((version, _)) => Err(refused(format!("this is {version}"))),
            None => {
                let errors = String::from_utf8_lossy(&output.stderr);
                let said = if errors.trim().is_empty() { said } else { errors };
                Err(refused(format!("it does not say which version it is, but: {}", said.trim())))
            }
        }
    }

    pub(crate) fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(self.program);
        command.args(arguments);
        command
    }
}

/// The first word that begins with a number, after a `v` or not, and its first two numbers.
fn version(said: &str) -> Option<(&str, (u32, u32))> {
    said.split_whitespace().find_map(|word| {
        let word = word.strip_prefix('v').unwrap_or(word);
        let mut numbers = word.split('.').map(str::parse);
        Some((word, (numbers.next()?.ok()?, numbers.next()?.ok()?)))
    })
}

/// Runs a builder to its end. What it says of its steps is passed on at once; what else it says on stderr is what is wrong, if it
/// fails, and else a warning.
pub(crate) fn run(mut command: Command) -> Result<(), Failure> {
    let failed = |error: &io::Error| {
        Problem::new("a part of the toolchain does not run").because_of(error).ends(Status::Setup)
    };
    // Some say there what is wrong. It is of no use where all went well.
    let mut printed = tempfile::tempfile().map_err(|error| failed(&error))?;
    let stdout = printed.try_clone().map_err(|error| failed(&error))?;
    command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
    let mut said = String::new();
    let status = attended(&mut command, |mut tool| {
        for line in tool.stderr.take().map(BufReader::new).into_iter().flat_map(|lines| lines.split(b'\n')) {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            if line.starts_with(MARK) {
                say(&line);
            } else {
                said.extend([&*line, "\n"]);
            }
        }
        tool.wait()
    });
    if status.map_err(|error| failed(&error))?.success() {
        said.lines().for_each(say);
        return Ok(());
    }
    if said.trim().is_empty() {
        let mut bytes = Vec::new();
        printed.rewind().and_then(|()| printed.read_to_end(&mut bytes)).map_err(|error| failed(&error))?;
        said = String::from_utf8_lossy(&bytes).into_owned();
    }
    let said = said.trim();
    let message =
        ["error: ", "ambit-guest: "].iter().find_map(|name| said.strip_prefix(name)).unwrap_or(said);
    let message = if message.is_empty() { "the build failed, and does not say why" } else { message };
    Err(Problem::new(message).ends(Status::Setup))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_each_program_writes_them() {
        assert_eq!(version("Python 3.11.7\n"), Some(("3.11.7", (3, 11))));
        assert_eq!(version("v20.20.2\n"), Some(("20.20.2", (20, 20))));
        assert_eq!(version("cargo 1.95.0 (f2d3ce0bd 2026-03-21)\n"), Some(("1.95.0", (1, 95))));
        assert_eq!(version("Python 3.14.0rc1"), Some(("3.14.0rc1", (3, 14))));
        assert_eq!(version("no such command"), None);
    }

    #[test]
    fn what_a_builder_says_is_the_problem_if_it_fails() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            run(command)
        };
        assert!(shell("echo warning >&2").is_ok());
        let failed =
            shell("echo '==> Building' >&2; echo 'error: a.py:1:2: wrong' >&2; echo '  more' >&2; exit 1");
        assert_eq!(failed.unwrap_err().problem.to_string(), "a.py:1:2: wrong\n  more");
        assert_eq!(shell("echo wrong; exit 1").unwrap_err().problem.to_string(), "wrong");
        assert_eq!(
            shell("exit 1").unwrap_err().problem.to_string(),
            "the build failed, and does not say why"
        );
    }
}
