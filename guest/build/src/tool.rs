//! What makes a component of a package: [`Tool`].

use std::env;
use std::ffi::OsString;
use std::process::Command;

use crate::Error;

/// What makes a component of a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tool {
    /// `cargo build --target wasm32-wasip2`.
    #[default]
    Cargo,
    /// `cargo component build`: for wasm32-wasip1, and from there by an adapter. Its path is `AMBIT_CARGO_COMPONENT`, or it is
    /// looked for as `cargo-component` on the `PATH`.
    CargoComponent,
}

impl Tool {
    /// The one that the variable `AMBIT_GUEST_TOOL` names, `cargo` or `cargo-component`; nothing where it is not set.
    ///
    /// # Errors
    /// It names another.
    pub fn chosen() -> Result<Option<Self>, Error> {
        match env::var(CHOICE).as_deref() {
            Err(_) => Ok(None),
            Ok("cargo") => Ok(Some(Self::Cargo)),
            Ok("cargo-component") => Ok(Some(Self::CargoComponent)),
            Ok(other) => Err(Error::NoTool { variable: CHOICE, value: other.to_owned() }),
        }
    }

    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::Cargo => "wasm32-wasip2",
            Self::CargoComponent => "wasm32-wasip1",
        }
    }

    pub(crate) fn not_started(self, command: &Command, source: std::io::Error) -> Error {
        let help = match self {
            Self::Cargo => "install Rust from https://rustup.rs",
            Self::CargoComponent => {
                "run `cargo install --locked cargo-component@0.21.1`, or set AMBIT_CARGO_COMPONENT to its path"
            }
        };
        Error::Start { program: command.get_program().into(), help, source }
    }
}

pub(crate) fn cargo_component() -> OsString {
    env::var_os(PATH).unwrap_or_else(|| "cargo-component".into())
}

pub(crate) const CHOICE: &str = "AMBIT_GUEST_TOOL";
pub(crate) const PATH: &str = "AMBIT_CARGO_COMPONENT";

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_tool_that_is_not_there_is_an_error_that_says_how_to_get_it() {
        let error = Tool::CargoComponent
            .not_started(&Command::new("cargo-component"), io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(
            error.to_string(),
            "`cargo-component` could not be started; run `cargo install --locked cargo-component@0.21.1`, \
             or set AMBIT_CARGO_COMPONENT to its path"
        );
    }
}
