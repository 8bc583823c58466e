//! A CPython that can run `oracle.py`, and recordings from it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `PYTHON`, or the newest that is found: on the `PATH`, or among those that pyenv installed.
pub(crate) fn find() -> Option<PathBuf> {
    let named = env::var_os("PYTHON").map(PathBuf::from);
    let on_path = ["python3.14", "python3.13", "python3.12", "python3"].map(PathBuf::from);
    named.into_iter().chain(on_path).chain(of_pyenv()).find(|python| is_new_enough(python))
}

fn of_pyenv() -> Vec<PathBuf> {
    let home = env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv"));
    let versions = env::var_os("PYENV_ROOT").map(PathBuf::from).or(home).map(|root| root.join("versions"));
    let entries = versions.and_then(|versions| versions.read_dir().ok()).into_iter().flatten().flatten();
    entries.map(|entry| entry.path().join("bin/python3")).collect()
}

/// Whether it runs, and is CPython 3.12 or newer: older ones differ in details.
fn is_new_enough(python: &Path) -> bool {
    let check = "import sys; sys.exit(sys.implementation.name != 'cpython' or sys.version_info < (3, 12))";
    let output = Command::new(python).args(["-c", check]).output();
    output.is_ok_and(|output| output.status.success())
}

/// What `oracle.py generate` prints.
#[track_caller]
pub(crate) fn record(python: &Path, seed: &str, arguments: &[&str]) -> String {
    let oracle = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle.py");
    let output =
        Command::new(python).args([oracle, "generate", "--seed", seed]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
