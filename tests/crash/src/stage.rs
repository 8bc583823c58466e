//! A folder with files to change, and a journal: [`Stage`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::Failure;

/// Where `ambit` runs in one round.
#[derive(Debug)]
pub struct Stage {
    ambit: PathBuf,
    cache: PathBuf,
    folder: TempDir,
}

/// What is in a folder: each path with the content of the file, or the target of the link, that it is.
pub(crate) type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// The files that the command changes, as they are before.
const FILES: &[(&str, &str)] =
    &[("a", "alpha\n"), ("b", "beta\n"), ("deep/c", "gamma\n"), ("deep/d", "delta\n")];

/// What the command does to them; then it ends with its first argument.
const CHANGES: &str =
    "touch \"$DIR/x\"; echo changed > data/a; rm data/b; mkdir data/new; echo new > data/new/e
    mv data/deep/c data/new/c; echo more >> data/deep/d; ln -sf nowhere data/link; exit $0";

impl Stage {
    /// A new one, for this `ambit`, which keeps its compiled plugins in `cache`.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new(ambit: &Path, cache: &Path) -> Result<Self, Failure> {
        let stage = Self { ambit: ambit.to_owned(), cache: cache.to_owned(), folder: TempDir::new()? };
        fs::create_dir_all(stage.work().join("data/deep"))?;
        for (name, text) in FILES {
            fs::write(stage.work().join("data").join(name), text)?;
        }
        std::os::unix::fs::symlink("a", stage.work().join("data/link"))?;
        Ok(stage)
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn ambit(&self) -> Command {
        let mut command = Command::new(&self.ambit);
        command
            .current_dir(self.work())
            .env("AMBIT_CACHE", &self.cache)
            .env("AMBIT_JOURNAL", self.folder.path().join("journal"))
            .stdin(Stdio::null());
        command
    }

    /// `ambit with`, around a command that changes all and ends with this status.
    #[must_use]
    pub fn with(&self, status: u8) -> Command {
        let mut command = self.ambit();
        let managers = ["tempdir() as DIR", "lock(\"the.lock\")", "rollback(\"data\")"];
        command.args(["with", "--dir", "."]).args(managers).args(["--", "sh", "-c", CHANGES]);
        command.arg(status.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Runs `ambit recover` with these arguments, and gives what it printed.
    ///
    /// # Errors
    /// It did not end with 0.
    pub fn recover(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = self.ambit().arg("recover").args(arguments).output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() || !stderr.is_empty() {
            return Err(format!("`ambit recover` ended with {}, and said: {stderr}", output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// All that is there.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn tree(&self) -> Result<Tree, Failure> {
        let (work, mut tree) = (self.work(), Tree::new());
        let mut open = vec![work.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let inside = path.strip_prefix(&work)?.to_owned();
                if path.is_symlink() {
                    tree.insert(inside, fs::read_link(&path)?.into_os_string().into_encoded_bytes());
                } else if path.is_dir() {
                    tree.insert(inside, Vec::new());
                    open.push(path);
                } else {
                    tree.insert(inside, fs::read(&path)?);
                }
            }
        }
        Ok(tree)
    }
}
