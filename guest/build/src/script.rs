//! Guests that a build script needs.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::{Component, Error, Guest, Tool, tool};

/// Builds a guest for a build script.
///
/// The components are copied into `OUT_DIR`, into a folder for each target, and cargo is told to run the script again once a source of theirs changes. All
/// guests of a workspace share the folder `guests` in the outer target folder, so that the two builds do not wait for
/// each other, and what guests have in common is compiled once.
///
/// The variable `AMBIT_GUEST_TOOL`, if it is set, says with which [`Tool`]: so the tests of a crate that embeds guests run
/// against either build. It does not for guests [whose managers await](Guest::awaits).
///
/// # Errors
/// As [`Guest::build`]; and if it is not called from a build script.
pub fn build(guest: Guest) -> Result<Vec<Component>, Error> {
    for variable in [tool::CHOICE, tool::PATH] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let guest = match Tool::chosen()? {
        Some(tool) => guest.chosen(tool),
        None => guest,
    };
    let out = variable("OUT_DIR")?;
    let folder = out.join(guest.target());
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    let built = guest.target_dir(outer_target_dir(&out).join("guests")).build()?;
    for source in &built.sources {
        println!("cargo::rerun-if-changed={}", source.display());
    }
    built.components.into_iter().map(|component| keep(component, &folder)).collect()
}

fn variable(name: &'static str) -> Result<PathBuf, Error> {
    env::var_os(name).map(PathBuf::from).ok_or(Error::NoScript { variable: name })
}

/// The target folder that `OUT_DIR` is in: cargo tags it.
fn outer_target_dir(out: &Path) -> &Path {
    out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).unwrap_or(out)
}

/// Copies it, unless it is there already: a file that is as new as before does not cause a rebuild.
fn keep(component: Component, folder: &Path) -> Result<Component, Error> {
    let path = folder.join(format!("{}.wasm", component.name));
    let bytes = fs::read(&component.path).map_err(Error::file(&component.path))?;
    if fs::read(&path).ok().as_ref() != Some(&bytes) {
        fs::write(&path, bytes).map_err(Error::file(&path))?;
    }
    Ok(Component { path, ..component })
}
