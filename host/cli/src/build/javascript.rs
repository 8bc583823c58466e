//! Plugins in JavaScript and TypeScript: the SDK's own command makes them, with esbuild and componentize-qjs.

use std::path::Path;

use crate::build::sdk::{self, Sdk};
use crate::build::source::Source;
use crate::build::step::step;
use crate::build::tool::{NODE, NPM, run};
use crate::language::Language;
use crate::problem::{Failure, Problem};
use crate::status::Status;

/// Builds the module, and puts the plugin there.
pub(crate) fn build(source: &Source, made: &Path) -> Result<(), Failure> {
    let node = NODE.check(Path::new("."), "a plugin in JavaScript or TypeScript")?;
    let sdk = Sdk::finished(Language::JavaScript, install)?;
    sdk.link(source.project.as_deref())?;
    if let Some(project) = &source.project {
        sdk::link(&project.join("node_modules/@ambit/guest"), Path::new("../../.ambit/guest/js"))?;
    }
    let mut command = NODE.command([sdk.path("guest/js/bin/ambit-guest.js")]);
    command.arg("build").arg(&source.files[0]).arg("--out").arg(made).env("TMPDIR", made.with_file_name(""));
    step(&format!("Building {} with {node}", source.files[0].display()), || run(command))
}

/// Compiles the SDK in that folder, with the packages that its lock file names.
fn install(folder: &Path) -> Result<(), Failure> {
    let package = folder.join("guest/js");
    let npm = NPM.check(&package, "what builds plugins in JavaScript")?;
    let what = format!("Installing esbuild, componentize-qjs and TypeScript with {npm} (once, about 70 MB)");
    step(&what, || {
        let mut command =
            NPM.command(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
        command.current_dir(&package);
        run(command).map_err(|Failure { problem, .. }| {
            // Where in npm's own code it failed is of no use.
            let said = problem.to_string();
            let said: Vec<_> = said.lines().take_while(|line| !line.contains("    at ")).collect();
            Problem::new("the packages could not be installed").because([said.join("\n")]).ends(Status::Setup)
        })?;
        let mut command = NODE.command(["node_modules/typescript/bin/tsc"]);
        command.current_dir(&package);
        run(command)
    })
}
