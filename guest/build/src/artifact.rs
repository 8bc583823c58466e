//! What cargo says that it made: [`Artifact`].

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A `compiler-artifact` message of `cargo build --message-format json`.
#[derive(Debug)]
pub(crate) struct Artifact(Value);

impl Artifact {
    /// All artifacts of cargo's output, made now or earlier.
    pub(crate) fn read_all(output: &str) -> Vec<Self> {
        let messages = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        messages.filter(|message| message["reason"] == "compiler-artifact").map(Self).collect()
    }

    /// The name of its package.
    ///
    /// An id ends with `#NAME@VERSION`, or with `/NAME#VERSION` where the folder has the package's name.
    pub(crate) fn package(&self) -> &str {
        let (place, version) = self.id().rsplit_once('#').unwrap_or((self.id(), ""));
        match version.split_once('@') {
            Some((name, _)) => name,
            None => place.rsplit('/').next().unwrap_or(place),
        }
    }

    /// Whether its package lies in a folder of the user's, not of a registry.
    pub(crate) fn is_local(&self) -> bool {
        self.id().starts_with("path+file:")
    }

    /// The name of the library, or of the example.
    pub(crate) fn name(&self) -> &str {
        self.0["target"]["name"].as_str().unwrap_or_default()
    }

    pub(crate) fn is_example(&self) -> bool {
        has(&self.0["target"]["kind"], "example")
    }

    pub(crate) fn is_component(&self) -> bool {
        has(&self.0["target"]["crate_types"], "cdylib")
    }

    /// The WebAssembly files among what was made.
    pub(crate) fn components(&self) -> impl Iterator<Item = PathBuf> {
        let files = self.0["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str);
        files.map(PathBuf::from).filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
    }

    /// The manifest of its package, and the manifest and lock file of the workspace around it.
    pub(crate) fn manifests(&self) -> Vec<PathBuf> {
        let Some(manifest) = self.0["manifest_path"].as_str().map(PathBuf::from) else { return Vec::new() };
        let workspace = manifest.ancestors().skip(1).find(|folder| folder.join("Cargo.lock").is_file());
        let mut found: Vec<_> = workspace.into_iter().flat_map(workspace_files).collect();
        found.push(manifest);
        found
    }

    fn id(&self) -> &str {
        self.0["package_id"].as_str().unwrap_or_default()
    }
}

fn workspace_files(folder: &Path) -> [PathBuf; 2] {
    [folder.join("Cargo.toml"), folder.join("Cargo.lock")]
}

fn has(list: &Value, word: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|each| each == word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(id: &str) -> Artifact {
        Artifact(json!({"package_id": id}))
    }

    #[test]
    fn the_package_is_read_from_either_form_of_an_id() {
        assert_eq!(of("path+file:///home/a/plugins/tempdir#ambit-tempdir@0.1.0").package(), "ambit-tempdir");
        assert_eq!(of("path+file:///home/a/programs#0.1.0").package(), "programs");
    }

    #[test]
    fn a_package_of_a_registry_is_not_local() {
        assert!(of("path+file:///home/a/programs#0.1.0").is_local());
        assert!(!of("registry+https://github.com/rust-lang/crates.io-index#serde@1.0.0").is_local());
    }

    #[test]
    fn lines_that_are_no_artifacts_are_passed_over() {
        let output = "warning: text\n{\"reason\":\"build-finished\"}\n{\"reason\":\"compiler-artifact\"}\n";
        assert_eq!(Artifact::read_all(output).len(), 1);
    }

    #[test]
    fn only_the_webassembly_files_are_components() {
        let artifact = Artifact(json!({"filenames": ["/t/a.wasm", "/t/liba.rlib"]}));
        assert_eq!(artifact.components().collect::<Vec<_>>(), [Path::new("/t/a.wasm")]);
    }
}
