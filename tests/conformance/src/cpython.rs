//! A CPython that can run `oracle.py`, and recordings from it: [`find`], [`oracle`].

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// `PYTHON`, where that is set. Else the first that is found on the `PATH`, or among those that pyenv or uv installed.
///
/// # Errors
/// There is none, and what to do.
pub fn find() -> Result<PathBuf, String> {
    if let Some(named) = env::var_os("PYTHON").map(PathBuf::from) {
        if is_new_enough(&named) {
            return Ok(named);
        }
        let named = named.display();
        return Err(format!(
            "PYTHON={named} is no CPython 3.12 or newer; set it to the path of one, or unset it"
        ));
    }
    let on_path = ["python3.14", "python3.13", "python3.12", "python3"].map(PathBuf::from);
    on_path
        .into_iter()
        .chain(installed())
        .find(|python| is_new_enough(python))
        .ok_or_else(|| MISSING.to_owned())
}

const MISSING: &str = "\
no CPython 3.12 or newer was found; fresh recordings are made with it
  install one, as python3 of your system, with `uv python install 3.13` or with `pyenv install 3.13`,
  or set PYTHON to the path of one that lies elsewhere";

/// Those of pyenv and of uv, which need not be on the `PATH`.
fn installed() -> Vec<PathBuf> {
    let at_home = |path: &str| env::var_os("HOME").map(|home| Path::new(&home).join(path));
    let pyenv = env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(|| at_home(".pyenv"));
    let uv = env::var_os("UV_PYTHON_INSTALL_DIR").map(PathBuf::from);
    let folders = [pyenv.map(|root| root.join("versions")), uv.or_else(|| at_home(".local/share/uv/python"))];
    let entries =
        folders.into_iter().flatten().filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
    entries.map(|entry| entry.path().join("bin/python3")).collect()
}

/// Whether it runs, and is CPython 3.12 or newer: older ones differ in details.
fn is_new_enough(python: &Path) -> bool {
    let check = "import sys; sys.exit(sys.implementation.name != 'cpython' or sys.version_info < (3, 12))";
    let output = Command::new(python).args(["-c", check]).output();
    output.is_ok_and(|output| output.status.success())
}

/// What `oracle.py` prints, with these arguments.
///
/// # Errors
/// What it said in place of that.
pub fn oracle<S: AsRef<OsStr>>(
    python: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Result<String, String> {
    let oracle = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle.py");
    let output = Command::new(python).arg("-B").arg(oracle).args(arguments).output();
    let output = output.map_err(|error| format!("{} cannot be run: {error}", python.display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A seed that nobody had before, or `CONFORMANCE_SEED`, to play a recording again.
#[must_use]
pub fn seed() -> String {
    let new = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    env::var("CONFORMANCE_SEED").unwrap_or_else(|_| new().to_string())
}

/// Whether fresh recordings must be had, and not only where a CPython is found: `CONFORMANCE_FRESH=require`.
#[must_use]
pub fn is_required() -> bool {
    env::var("CONFORMANCE_FRESH").is_ok_and(|wish| wish == "require")
}
