//! The texts that the binary unpacks: [`texts`].

use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

use toml::{Table, Value};

/// What SDKs are made of, and the projects, in the repository. Not what their tools leave beside it.
const TEXTS: &[&str] = &[
    "guest/c/build",
    "guest/c/include",
    "guest/c/src",
    "guest/js/bin",
    "guest/js/package-lock.json",
    "guest/js/package.json",
    "guest/js/src",
    "guest/js/tsconfig.json",
    "guest/js/wasi",
    "guest/python/src",
    "guest/rust/Cargo.toml",
    "guest/rust/README.md",
    "guest/rust/macros",
    "guest/rust/src",
    "guest/templates",
    "guest/zig/ambit.zig",
    "guest/zig/c.zig",
    "guest/zig/place.zig",
    "guest/zig/raised.zig",
    "wit/async",
    "wit/checkpoints.wit",
    "wit/errors.wit",
    "wit/kinds",
    "wit/managers.wit",
    "wit/phase.wit",
    "wit/plugin.wit",
    "wit/recovery.wit",
];

/// The members of the workspace that the SDK for Rust is.
const MEMBERS: &[&str] = &["guest/rust", "guest/rust/macros", "wit/kinds"];

/// A constant in Rust: the path and the text of each, in the order of the paths.
pub(crate) fn texts(root: &Path) -> io::Result<String> {
    let root = root.canonicalize()?;
    let mut texts = vec![("Cargo.toml".to_owned(), format!("{:?}", manifest(&root)?))];
    for path in TEXTS {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
        collect(&root, path, &mut texts)?;
    }
    texts.sort();
    let mut code = "const TEXTS: &[(&str, &str)] = &[\n".to_owned();
    for (path, text) in texts {
        // Writing to a string does not fail.
        let _ = writeln!(code, "    ({path:?}, {text}),");
    }
    Ok(code + "];\n")
}

fn collect(root: &Path, path: &str, texts: &mut Vec<(String, String)>) -> io::Result<()> {
    let place = root.join(path);
    if place.is_file() {
        texts.push((path.to_owned(), format!("include_str!({place:?})")));
        return Ok(());
    }
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| io::Error::other(format!("{name:?}")))?;
        // What builds leave there: links to SDKs, plugins, what they were made of.
        let is_made = ["__pycache__", "node_modules", "target"].contains(&&*name) || name.ends_with(".wasm");
        if !is_made && !entry.file_type()?.is_symlink() {
            collect(root, &format!("{path}/{name}"), texts)?;
        }
    }
    Ok(())
}

/// That of this workspace, with the packages of the SDK alone: they inherit their versions and dependencies from it.
fn manifest(root: &Path) -> io::Result<String> {
    let path = root.join("Cargo.toml");
    println!("cargo::rerun-if-changed={}", path.display());
    let mut manifest: Table = fs::read_to_string(path)?.parse().map_err(io::Error::other)?;
    manifest.remove("profile");
    if let Some(Value::Table(workspace)) = manifest.get_mut("workspace") {
        workspace.insert("members".into(), MEMBERS.to_vec().into());
    }
    Ok(manifest.to_string())
}
