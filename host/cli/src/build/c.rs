//! Plugins in C and Zig: the C SDK's own command makes them, with zig and wasm-tools.

use std::path::Path;

use crate::build::sdk::{Sdk, tools};
use crate::build::source::Source;
use crate::build::step::step;
use crate::build::tool::{PYTHON, Tool, run};
use crate::problem::Failure;

/// wasm-tools asks for this one.
const PYTHON_311: Tool = PYTHON.at_least(3, 11);

/// Builds the sources, and puts the plugin there.
pub(crate) fn build(source: &Source, made: &Path) -> Result<(), Failure> {
    PYTHON_311.check(Path::new("."), "what builds plugins in C and Zig")?;
    let sdk = Sdk::of(source.language)?;
    sdk.link(source.project.as_deref())?;
    let mut command = PYTHON_311.command([sdk.path("guest/c/build")]);
    command.args(&source.files).arg("--output").arg(made);
    command.env("AMBIT_TOOLS", tools()?).env("TMPDIR", made.with_file_name(""));
    let files: Vec<_> = source.files.iter().map(|file| file.display().to_string()).collect();
    step(&format!("Compiling {}", files.join(", ")), || run(command))
}
