//! Set-up that failed: [`Error`].

use std::error::Error as StdError;
use std::fmt;

use ambit_core::{Family, Raised};

use crate::journal::Problem;

/// Set-up failed: no scope exists.
///
/// Its `Display` is one whole sentence, without its [source](StdError::source); [`help`](Self::help) says what to do.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    help: Option<String>,
    parameter: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What sort of set-up failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A plugin's file cannot be read.
    Unreadable,
    /// It is no WebAssembly component.
    NotAComponent,
    /// It is a core module, not a component.
    CoreModule,
    /// It is a component, but of another world: no plugin.
    WrongWorld,
    /// It is a plugin of another version of the contract.
    WrongVersion,
    /// The plugin cannot say what it offers.
    Describe,
    /// The plugin offers no manager of that name.
    NoSuchManager,
    /// An argument is missing, not known, or not of the form that is asked for.
    InvalidArgument,
    /// The value that enter gave is not of the type that the body asks for.
    InvalidValue,
    /// A right cannot be granted: the directory cannot be opened, the variable is not set, the address not found.
    Grant,
    /// The journal of checkpoints cannot be read or written.
    Journal,
    /// A checkpoint cannot be kept: it is too large, or left by no scope, or by a plugin that offers no recovery.
    Checkpoint,
    /// A finalizer is tied to a scope, and there is none.
    NoScope,
    /// Wasmtime cannot be set up on this machine.
    Engine,
}

impl ErrorKind {
    /// A code that stays the same.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NotAComponent => "not-a-component",
            Self::CoreModule => "core-module",
            Self::WrongWorld => "wrong-world",
            Self::WrongVersion => "wrong-version",
            Self::Describe => "describe",
            Self::NoSuchManager => "no-such-manager",
            Self::InvalidArgument => ambit_kinds::INVALID_ARGUMENT,
            Self::InvalidValue => "invalid-value",
            Self::Grant => "grant",
            Self::Journal => "journal",
            Self::Checkpoint => "checkpoint",
            Self::NoScope => "no-scope",
            Self::Engine => "engine",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), help: None, parameter: None, source: None }))
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// An argument that a manager does not take as it was given.
    pub(crate) fn argument(parameter: &str, message: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorKind::InvalidArgument, message);
        error.0.parameter = Some(parameter.to_owned());
        error
    }

    /// What sort of set-up failed.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What to do about it, where that is known: a sentence.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Of an invalid argument: the name of the parameter.
    #[must_use]
    pub fn parameter(&self) -> Option<&str> {
        self.0.parameter.as_deref()
    }

    /// This error as one in flight, for scopes that are live already.
    pub(crate) fn into_raised(self) -> Raised {
        let mut kinds = vec!["rust:ambit::Error".to_owned()];
        if let Some(parameter) = self.parameter() {
            kinds.push(format!("{}:{parameter}", self.kind().code()));
        }
        kinds.push(self.kind().code().to_owned());
        let raised = Raised::new(Family::Error, kinds, self.to_string());
        raised.set_native(self);
        raised
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let error = Self::new(ErrorKind::Journal, problem.to_string());
        match problem.help() {
            Some(help) => error.with_help(help).with_source(problem),
            None => error.with_source(problem),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("help", &self.0.help)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
