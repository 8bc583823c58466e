//! A folder to run `ambit` in: [`Place`].

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder of a test's own.
pub(crate) struct Place {
    folder: TempDir,
    /// Apart, so that the folder has nothing in it but what tests put there.
    journal: TempDir,
}

/// How a run of `ambit` ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs what follows with no signal ignored, though who runs the tests may ignore some, as `nohup` and `sh -c '… &'` do.
pub(crate) const UNIGNORING: &[&str] =
    if cfg!(target_os = "linux") { &["env", "--default-signal=HUP,INT,QUIT,TERM"] } else { &["env"] };

/// A program, run so.
pub(crate) fn unignoring(program: &str) -> Command {
    let mut command = Command::new(UNIGNORING[0]);
    command.args(&UNIGNORING[1..]).arg(program);
    command
}

impl Place {
    pub(crate) fn new() -> Self {
        let [folder, journal] = [(); 2].map(|()| tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
        Self { folder, journal }
    }

    /// Where its `ambit` keeps its journal.
    pub(crate) fn journal(&self) -> &Path {
        self.journal.path()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// With this file in it.
    pub(crate) fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        fs::write(self.path().join(name), text).unwrap();
        self
    }

    /// With this folder in it.
    pub(crate) fn folder(self, name: &str) -> Self {
        fs::create_dir(self.path().join(name)).unwrap();
        self
    }

    /// With this executable file in it.
    pub(crate) fn script(self, name: &str, lines: &str) -> Self {
        let place = self.file(name, format!("#!/bin/sh\n{lines}\n"));
        fs::set_permissions(place.path().join(name), fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    /// With a test program in it, under a name that does not depend on where that lies.
    pub(crate) fn plugin(self, name: &str, program: &str) -> Self {
        fs::copy(program, self.path().join(name)).unwrap();
        self
    }

    /// `ambit`, to be run in here, with the same environment everywhere.
    pub(crate) fn ambit(&self) -> Command {
        let mut command = unignoring(env!("CARGO_BIN_EXE_ambit"));
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("AMBIT_CACHE", cache())
            .env("AMBIT_JOURNAL", self.journal.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs `ambit` to its end.
    pub(crate) fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Ran {
        Ran::of(self.ambit().args(arguments).output().unwrap())
    }

    /// Runs `ambit with OPTIONS MANAGERS -- sh -c SCRIPT`.
    pub(crate) fn with(&self, arguments: &[&str], script: &str) -> Ran {
        self.run(&[&["with"], arguments, &["--", "sh", "-c", script]].concat())
    }

    /// Everything that is in here, by its path.
    pub(crate) fn names(&self) -> BTreeSet<PathBuf> {
        let mut names = BTreeSet::new();
        let mut open = vec![self.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                names.insert(path.strip_prefix(self.path()).unwrap().to_owned());
                if path.is_dir() && !path.is_symlink() {
                    open.push(path);
                }
            }
        }
        names
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Fails unless only these are in here.
    #[track_caller]
    pub(crate) fn holds_only(&self, expected: &[&str]) {
        assert_eq!(self.names(), expected.iter().map(PathBuf::from).collect());
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Fails unless it ended so, and said nothing on stderr.
    #[track_caller]
    pub(crate) fn is(&self, status: i32, stdout: &str) {
        assert_eq!((self.status, self.stdout.as_str(), self.stderr.as_str()), (Some(status), stdout, ""));
    }

    /// Fails unless it ended so, and said this on stderr, whatever else.
    #[track_caller]
    pub(crate) fn says(&self, status: i32, words: &[&str]) {
        assert_eq!(self.status, Some(status), "{self:#?}");
        for words in words {
            assert!(self.stderr.contains(words), "stderr does not say {words:?}:\n{}", self.stderr);
        }
    }
}

/// One for all tests, so that each plugin is compiled once.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("ambit-cache")
}
