//! What a build of a guest must not inherit from the build around it.

use std::env;
use std::process::Command;

/// Removes what cargo, clippy and the user set for the outer build: flags for another machine, wrappers around the
/// compiler, and the variables of a build script.
pub(crate) fn clean(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| !is_inherited(name)) {
            command.env_remove(name);
        }
    }
}

fn is_inherited(name: &str) -> bool {
    if name.starts_with("CARGO") {
        return OF_THE_USER.iter().any(|prefix| name.starts_with(prefix));
    }
    !OF_THE_BUILD.contains(&name) && !OF_A_FAMILY.iter().any(|prefix| name.starts_with(prefix))
}

/// How cargo reaches its registries, shares the processor and talks; these hold for any build.
const OF_THE_USER: &[&str] = &[
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_MAKEFLAGS",
    "CARGO_NET_",
    "CARGO_REGISTR",
    "CARGO_SOURCE_",
    "CARGO_TERM_",
];

const OF_THE_BUILD: &[&str] =
    &["DEBUG", "HOST", "NUM_JOBS", "OPT_LEVEL", "OUT_DIR", "PROFILE", "RUSTFLAGS", "TARGET"];

const OF_A_FAMILY: &[&str] = &["CLIPPY_", "DEP_", "RUSTC", "RUSTDOC", "__CARGO"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shapes_the_outer_build_is_not_inherited() {
        for name in [
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_MANIFEST_DIR",
            "CARGO_TARGET_DIR",
            "CLIPPY_ARGS",
            "OUT_DIR",
            "RUSTC_WORKSPACE_WRAPPER",
            "RUSTFLAGS",
            "TARGET",
        ] {
            assert!(!is_inherited(name), "{name}");
        }
    }

    #[test]
    fn what_holds_for_any_build_is_inherited() {
        for name in ["CARGO_HOME", "CARGO_NET_OFFLINE", "HOME", "PATH", "RUSTUP_TOOLCHAIN"] {
            assert!(is_inherited(name), "{name}");
        }
    }
}
