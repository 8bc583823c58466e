//! What is inside of the binary: the standard managers, the SDKs, and the projects that `ambit new` makes.

mod embed;

use std::path::Path;
use std::{env, fs};

use ambit_guest_build::{Error, Guest, script};

/// The plugins: the package `ambit-NAME` each.
const STANDARD: &[&str] = &["lock", "rollback", "service", "suppress", "tempdir", "timer"];

/// Those whose managers await.
const AWAITING: &[&str] = &["service"];

fn main() -> Result<(), Error> {
    println!("cargo::rerun-if-changed=build");
    for name in STANDARD {
        let guest = Guest::package(format!("ambit-{name}"));
        let guest = if AWAITING.contains(name) { guest.awaits() } else { guest };
        for component in script::build(guest)? {
            println!("cargo::rustc-env=AMBIT_PLUGIN_{}={}", name.to_uppercase(), component.path.display());
        }
    }
    let [package, out] =
        ["CARGO_MANIFEST_DIR", "OUT_DIR"].map(|name| env::var_os(name).expect("cargo sets it"));
    let texts = embed::texts(&Path::new(&package).join("../..")).expect("the SDKs are read");
    fs::write(Path::new(&out).join("texts.rs"), texts).expect("what is made is written");
    Ok(())
}
