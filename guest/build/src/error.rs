//! Why no component came of a guest: [`Error`].

use std::io;
use std::path::PathBuf;

/// Why no component came of a guest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program that builds could not be started.
    #[error("`{}` could not be started; {help}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What to do.
        help: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The compiler has no standard library for the target.
    #[error("the target {target} is not installed; run `rustup target add {target}`")]
    TargetMissing {
        /// The target.
        target: &'static str,
    },
    /// The build failed; what was wrong stands on stderr.
    #[error("the guest `{package}` did not build: `{command}` failed ({status}); its messages are above")]
    Failed {
        /// The package.
        package: String,
        /// What was run.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// The build went well, and made no component.
    #[error(
        "the package `{package}` made no component; give its library, or its examples, `crate-type = [\"cdylib\"]`"
    )]
    NoComponent {
        /// The package.
        package: String,
    },
    /// A variable asks for a tool that there is not.
    #[error("the variable {variable} is `{value}`; it may be `cargo` or `cargo-component`")]
    NoTool {
        /// The variable.
        variable: &'static str,
        /// What it is.
        value: String,
    },
    /// It was to be called from a build script, and is not.
    #[error("the variable {variable} is not set; call this from a build script, or use `Guest::build`")]
    NoScript {
        /// What cargo sets for build scripts.
        variable: &'static str,
    },
    /// A file could not be read or written.
    #[error("`{}` could not be read or written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
