//! Plugins in Rust: cargo makes them.

use std::error::Error as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::{env, fs};

use ambit_guest_build::{Error, Guest};
use serde_json::Value;
use toml::Table;

use crate::build::sdk::{Sdk, template, tools};
use crate::build::source::Source;
use crate::build::step::step;
use crate::build::stop::attended;
use crate::build::tool::CARGO;
use crate::language::Language;
use crate::problem::{Failure, Problem};
use crate::status::Status;

/// Builds a package, or a file by itself, and puts the plugin there.
pub(crate) fn build(source: &Source, made: &Path) -> Result<(), Failure> {
    let cargo = CARGO.check(source.project.as_deref().unwrap_or(Path::new(".")), "a plugin in Rust")?;
    let folder = match &source.project {
        Some(folder) => folder.clone(),
        None => package_around(&source.files[0])?,
    };
    let folder = Path::new(".").join(folder);
    let package = package(&folder)?;
    let mut guest = Guest::package(&package.name).profile("release").folder(&folder);
    if let Some(target) = env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
        guest = guest.target_dir(std::path::absolute(&target).unwrap_or(target.into()));
    } else if source.project.is_none() {
        guest = guest.target_dir(tools()?.join("target"));
    }
    if package.is_of_registry {
        let sdk = Sdk::of(Language::Rust)?;
        sdk.link(source.project.as_deref())?;
        let path = sdk.path("guest/rust");
        let path = toml::Value::from(path.display().to_string());
        guest = guest.config(format!("patch.crates-io.ambit-guest.path={path}"));
    }
    let named = match source.project {
        Some(_) => format!("the package `{}`", package.name),
        None => format!("`{}`", source.files[0].display()),
    };
    let built = step(&format!("Compiling {named} with {cargo}"), || {
        guest.build_by(|cargo| attended(cargo, Child::wait_with_output)).map_err(|error| match error {
            Error::Failed { .. } => {
                let wrong = format!("{named} does not compile; what cargo says of it is above");
                Problem::new(wrong).ends(Status::Setup)
            }
            other => Problem::new(other.to_string())
                .because(other.source().map(ToString::to_string))
                .ends(Status::Setup),
        })
    })?;
    let component = &built.components[0].path;
    fs::copy(component, made).map(drop).map_err(|error| {
        Problem::new(format!("`{}` cannot be read", component.display()))
            .because_of(&error)
            .ends(Status::Setup)
    })
}

/// A package whose library is that file, and which needs what a file by itself can: the SDK, and serde.
fn package_around(file: &Path) -> Result<PathBuf, Failure> {
    let unusable = |error| Problem::new("no package can be made").because_of(&error).ends(Status::Setup);
    let file = file.canonicalize().map_err(unusable)?;
    // Packages share a target folder, in which each has a name of its own.
    let mut hasher = DefaultHasher::new();
    file.hash(&mut hasher);
    let name = format!("plugin-{:016x}", hasher.finish());
    let manifest = manifest(&name, &file).map_err(|error| {
        Problem::new("no package can be made").because([error.to_string()]).ends(Status::Setup)
    })?;
    let folder = tools()?.join("packages").join(&name);
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("Cargo.toml"), manifest))
        .map_err(unusable)?;
    Ok(folder)
}

/// That of `ambit new rust`, of another name, with the library there, and serde beside the SDK.
fn manifest(name: &str, library: &Path) -> Result<String, toml::de::Error> {
    let text = template(Language::Rust).find_map(|(path, text)| (path == "Cargo.toml").then_some(text));
    let mut manifest: Table = text.unwrap_or_default().parse()?;
    let mut set = |table: &str, key: &str, value: toml::Value| {
        let table = manifest.entry(table).or_insert_with(|| Table::new().into());
        table.as_table_mut().map(|table| table.insert(key.to_owned(), value))
    };
    set("package", "name", name.into());
    set("lib", "path", library.display().to_string().into());
    let derive = vec!["derive"].into();
    set(
        "dependencies",
        "serde",
        Table::from_iter([("version".into(), "1".into()), ("features".into(), derive)]).into(),
    );
    Ok(manifest.to_string())
}

struct Package {
    name: String,
    /// Whether it asks a registry for the SDK, which is in none yet.
    is_of_registry: bool,
}

/// What cargo says of the package in a folder.
fn package(folder: &Path) -> Result<Package, Failure> {
    let mut command = CARGO.command(["metadata", "--no-deps", "--format-version", "1"]);
    let output = command.current_dir(folder).stdin(Stdio::null()).output();
    let failed = |why: &str| {
        Problem::new(format!("cargo does not read the package: {}", why.trim())).ends(Status::Setup)
    };
    let output = output.map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(said.trim().strip_prefix("error: ").unwrap_or(&said)));
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| failed(&error.to_string()))?;
    let manifest = folder.join("Cargo.toml");
    let manifest = manifest.canonicalize().unwrap_or(manifest);
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let found = packages.into_iter().find(|package| {
        let path = package["manifest_path"].as_str().map(Path::new);
        path.is_some_and(|path| path.canonicalize().is_ok_and(|path| path == manifest))
    });
    let package = found.ok_or_else(|| failed("it is not in its workspace"))?;
    let mut dependencies = package["dependencies"].as_array().into_iter().flatten();
    let is_sdk = |dependency: &&Value| dependency["name"] == "ambit-guest";
    let is_of_registry =
        |sdk: &Value| sdk["source"].as_str().is_some_and(|source| source.starts_with("registry+"));
    Ok(Package {
        name: package["name"].as_str().unwrap_or_default().to_owned(),
        is_of_registry: dependencies.find(is_sdk).is_some_and(is_of_registry),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_by_itself_is_built_as_a_project_is() {
        let path = "/a \"quoted\" folder/π.rs";
        let made: Table = manifest("plugin-1", Path::new(path)).unwrap().parse().unwrap();
        assert_eq!(made["package"]["name"], "plugin-1".into());
        assert_eq!(made["lib"]["path"], path.into());
        assert_eq!(made["lib"]["crate-type"], vec!["cdylib"].into());
        assert_eq!(made["profile"]["release"]["codegen-units"], 1.into());
        assert!(made["dependencies"].as_table().unwrap().contains_key("ambit-guest"));
    }
}
