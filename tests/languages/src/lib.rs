//! The same manager in each language: [`guests`]. It does nothing, and lets the body's error go on.

use std::env;
use std::path::{Path, PathBuf};

/// A plugin that offers [`MANAGER`].
#[derive(Clone, Debug)]
pub struct Guest {
    /// What it is written in.
    pub language: &'static str,
    /// The component.
    pub path: PathBuf,
}

/// The manager that each plugin offers, without parameters.
pub const MANAGER: &str = "reraises";

/// Their plugins are made by `tests/languages/build`, since Cargo makes none of them.
const LANGUAGES: [&str; 4] = ["c", "zig", "javascript", "python"];

/// A plugin that is not built.
#[derive(Debug, thiserror::Error)]
#[error("the plugin `{}` is not there: run `tests/languages/build`, which makes it", .0.display())]
pub struct Missing(PathBuf);

/// One plugin a language, that of Rust first.
///
/// # Errors
/// The first that is not built.
pub fn guests() -> Result<Vec<Guest>, Missing> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = env::var_os("CARGO_TARGET_DIR").map_or(workspace.join("target"), PathBuf::from);
    let mut guests = vec![Guest { language: "rust", path: programs::ANSWERS.into() }];
    for language in LANGUAGES {
        let path = target.join("languages").join(language).with_extension("wasm");
        if !path.exists() {
            return Err(Missing(path));
        }
        guests.push(Guest { language, path });
    }
    Ok(guests)
}
