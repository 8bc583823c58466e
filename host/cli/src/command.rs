//! The command that is the body: [`Command`].

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{self, ExitStatus};
use std::{env, io};

use ambit::{Family, Raised};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::unistd::{AccessFlags, access, dup};

use crate::ending::Broken;
use crate::group::Group;
use crate::limits::Patience;
use crate::problem::{Failure, Problem};
use crate::run::{Ran, Run};
use crate::signals::Signals;
use crate::status::Status;
use crate::variables::Variables;

/// A command that was found, and can be run.
#[derive(Debug)]
pub(crate) struct Command {
    program: PathBuf,
    name: OsString,
    arguments: Vec<OsString>,
}

/// How the command ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// With status 0.
    Well,
    /// With another status, or by a signal: then it is 128+n.
    Badly { status: u8, raised: Raised },
}

impl Command {
    /// Finds the program as a shell does: on the `PATH`, unless its name has a slash.
    pub(crate) fn find(words: &[OsString]) -> Result<Self, Failure> {
        let (name, arguments) = words.split_first().ok_or_else(|| not_found(OsStr::new("")))?;
        let program = locate(name)?;
        Ok(Self { program, name: name.clone(), arguments: arguments.to_vec() })
    }

    /// Runs it to its end, unless it was asked to stop before it started. Requests to stop reach it meanwhile. It inherits
    /// `held`, which says that the managers are in use for as long as it, or anything that it starts, lives.
    ///
    /// `None`: it was not started. Where the system does not let its end be waited for, it has been killed.
    pub(crate) fn run(
        &self,
        variables: &Variables,
        signals: &mut Signals,
        patience: Patience,
        held: Option<&File>,
    ) -> Result<Option<Ran>, (Broken, Raised)> {
        signals.attend(|signals| {
            if signals.first().is_some() {
                return Ok(None);
            }
            let mut command = process::Command::new(&self.program);
            command.arg0(&self.name).args(&self.arguments).envs(variables.iter());
            // A duplicate is inherited, as the file itself is not. It goes away once the command has it.
            let held =
                held.map(dup).transpose().map_err(|error| self.not_started(variables, &error.into()))?;
            let group = Group::start(command).map_err(|error| self.not_started(variables, &error))?;
            drop(held);
            let ran = Run::new(group, signals, patience).finish();
            ran.map(Some).map_err(|error| cut_off(&self.name, &error))
        })
    }

    /// Values that are too large are known by then.
    fn not_started(&self, variables: &Variables, error: &io::Error) -> (Broken, Raised) {
        let words = self.arguments.iter().map(|word| word.len()).sum();
        let (failure, raised) = match variables.largest().filter(|(_, length)| *length > words) {
            Some(largest) if error.raw_os_error().map(Errno::from_raw) == Some(Errno::E2BIG) => {
                too_large(&self.name, largest, error)
            }
            _ => not_started(&self.name, error),
        };
        (Broken::NotStarted { failure }, raised)
    }

    /// What its status means.
    pub(crate) fn ended(&self, status: ExitStatus) -> Ended {
        let name = self.name.display();
        let (status, message) = match (status.code(), status.signal()) {
            (Some(0), _) => return Ended::Well,
            (Some(code), _) => (code & 0xff, format!("`{name}` ended with status {code}")),
            (None, Some(number)) => {
                let signal = Signal::try_from(number).map_or("a signal", Signal::as_str);
                (128 + number, format!("`{name}` was killed by {signal}"))
            }
            (None, None) => (255, format!("`{name}` ended in an unknown way")),
        };
        let raised =
            Raised::new(Family::Error, ambit_kinds::detailed(ambit_kinds::EXIT_STATUS, status), message);
        Ended::Badly { status: u8::try_from(status).unwrap_or(u8::MAX), raised }
    }
}

fn locate(name: &OsStr) -> Result<PathBuf, Failure> {
    if name.as_bytes().contains(&b'/') {
        let path = PathBuf::from(name);
        return match check(&path) {
            Ok(()) => Ok(path),
            Err(Unfit::Absent) => Err(not_found(name)),
            Err(Unfit::Refused(why)) => Err(not_executable(name, why)),
        };
    }
    let mut refused = None;
    let path = env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    for folder in env::split_paths(&path) {
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        let program = folder.join(name);
        match check(&program) {
            Ok(()) if !name.is_empty() => return Ok(program),
            Err(Unfit::Refused(why)) if !program.is_dir() => refused = refused.or(Some(why)),
            _ => {}
        }
    }
    Err(refused.map_or_else(|| not_found(name), |why| not_executable(name, why)))
}

/// Why a file cannot be run.
enum Unfit {
    Absent,
    Refused(&'static str),
}

fn check(path: &Path) -> Result<(), Unfit> {
    if path.is_dir() {
        return Err(Unfit::Refused("it is a directory"));
    }
    match access(path, AccessFlags::X_OK) {
        Ok(()) => Ok(()),
        Err(Errno::EACCES) => Err(Unfit::Refused("it may not be executed")),
        Err(_) => Err(Unfit::Absent),
    }
}

fn not_found(name: &OsStr) -> Failure {
    let wrong = Problem::new(format!("the command `{}` was not found", name.display()));
    let wrong =
        if name.as_bytes().contains(&b'/') { wrong } else { wrong.help("it is in no folder of the PATH") };
    wrong.ends(Status::NotFound)
}

fn not_executable(name: &OsStr, why: &str) -> Failure {
    Problem::new(format!("the command `{}` cannot be run: {why}", name.display())).ends(Status::NotExecutable)
}

/// The system limits an environment as a whole, with the arguments, and Linux each variable.
fn too_large(name: &OsStr, (variable, length): (&str, usize), error: &io::Error) -> (Failure, Raised) {
    let message = format!(
        "the command `{}` could not be started: its environment is too large, in which `{variable}` is \
         the largest value, of {length} bytes",
        name.display()
    );
    let raised = Raised::new(Family::Error, ambit_kinds::of(error), message.clone());
    let wrong = Problem::new(message).help("leave out its `as`, or let the manager give a shorter one");
    (wrong.ends(Status::Setup), raised)
}

/// It was started, and managers see a cancellation, which they cannot suppress.
fn cut_off(name: &OsStr, error: &io::Error) -> (Broken, Raised) {
    let message =
        format!("the command `{}` was killed, since its end could not be waited for", name.display());
    let raised = Raised::new(Family::Cancelled, [ambit_kinds::INTERRUPTED], format!("{message}: {error}"));
    let failure = Problem::new(message).because_of(error).ends(Status::Setup);
    (Broken::CutOff { failure }, raised)
}

/// It was there before the managers were entered, and cannot be run now; they see why.
fn not_started(name: &OsStr, error: &io::Error) -> (Failure, Raised) {
    let message = format!("the command `{}` could not be started", name.display());
    let status = match error.kind() {
        io::ErrorKind::NotFound => Status::NotFound,
        _ => Status::NotExecutable,
    };
    let help = match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOENT) => Some("its first line names an interpreter that is not there"),
        Some(Errno::ENOEXEC) => {
            Some("it is no program for this machine, and no script that begins with `#!`")
        }
        _ => None,
    };
    let raised = Raised::new(Family::Error, ambit_kinds::of(error), format!("{message}: {error}"));
    (Problem::new(message).because_of(error).maybe_help(help).ends(status), raised)
}
