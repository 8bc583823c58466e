//! Guards: values that clean up as they are dropped.

use std::fs;
use std::path::PathBuf;

use ambit_guest::{Result, Scope, manager, plugin};

/// Says on stderr when it is dropped.
struct Says(&'static str);

impl Drop for Says {
    fn drop(&mut self) {
        eprintln!("dropped: {}", self.0);
    }
}

/// Removes a file when it is dropped.
struct Removes(PathBuf);

impl Drop for Removes {
    fn drop(&mut self) {
        // What it does is looked for from outside.
        drop(fs::remove_file(&self.0));
    }
}

/// Two guards around its yield, which say when they are dropped.
#[manager]
async fn says(
    /// Whether its exit traps.
    #[default(false)]
    traps: bool,
    scope: Scope,
) -> Result {
    let _first = Says("first");
    let _second = Says("second");
    let body = scope.yields(()).await;
    if traps {
        std::process::abort();
    }
    body
}

/// A guard, and an error ahead of the yield.
#[manager]
async fn says_in_enter(_scope: Scope) -> Result {
    let _guard = Says("first");
    Err(ambit_guest::Error::new("boom", "ahead of the yield"))
}

/// Makes a file, whose guard removes it.
#[manager]
async fn file(path: PathBuf, scope: Scope) -> Result {
    fs::write(&path, "")?;
    let _guard = Removes(path);
    scope.yields(()).await
}

plugin!(says, says_in_enter, file);
