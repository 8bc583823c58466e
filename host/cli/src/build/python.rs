//! Plugins in Python: the SDK's own command makes them, with componentize-py.

use std::path::Path;

use crate::build::sdk::{Sdk, tools};
use crate::build::source::Source;
use crate::build::step::step;
use crate::build::tool::{PYTHON, run};
use crate::language::Language;
use crate::problem::Failure;

/// Builds the module, and puts the plugin there.
pub(crate) fn build(source: &Source, made: &Path) -> Result<(), Failure> {
    let python = PYTHON.check(Path::new("."), "a plugin in Python")?;
    let sdk = Sdk::of(Language::Python)?;
    sdk.link(source.project.as_deref())?;
    // Isolated, so that no module of the app takes the place of one that the build needs.
    let start = "import sys; sys.path.insert(0, sys.argv.pop(1)); from ambit_guest.__main__ import main; sys.exit(main())";
    let mut command = PYTHON.command(["-I", "-c", start]);
    command.arg(sdk.path("guest/python/src")).arg("build").arg(&source.files[0]).arg("--output").arg(made);
    command.env("AMBIT_TOOLS", tools()?).env("TMPDIR", made.with_file_name(""));
    step(&format!("Building {} with {python}", source.files[0].display()), || run(command))
}
