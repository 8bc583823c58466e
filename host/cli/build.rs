//! Builds the standard managers, which are inside of the binary.

use ambit_guest_build::{Error, Guest, script};

/// The plugins: the package `ambit-NAME` each.
const STANDARD: &[&str] = &["lock", "rollback", "suppress", "tempdir", "timer"];

fn main() -> Result<(), Error> {
    println!("cargo::rerun-if-changed=build.rs");
    for name in STANDARD {
        for component in script::build(Guest::package(format!("ambit-{name}")))? {
            println!("cargo::rustc-env=AMBIT_PLUGIN_{}={}", name.to_uppercase(), component.path.display());
        }
    }
    Ok(())
}
