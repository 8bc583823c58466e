//! The terms of a scope as its journal keeps them, so that it can be recovered on the same: [`Record`].

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::isolation::Terms;
use crate::limits::Limits;

/// The rights and limits of a scope.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) rights: Rights,
    pub(crate) limits: Limits,
}

/// What a scope may reach.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Rights {
    pub(crate) directories: Vec<Directory>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) may_look_up: bool,
}

/// A directory that was granted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Directory {
    pub(crate) host: String,
    pub(crate) guest: String,
    pub(crate) writable: bool,
}

/// A variable that was granted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// None where it was that of the process, and is again: a secret is not written down.
    pub(crate) value: Option<String>,
}

impl Record {
    /// The terms of a manager; `None` where they cannot be written down, since a directory's name is not UTF-8.
    pub(crate) fn of(terms: &Terms) -> Option<Self> {
        Some(Self { rights: terms.rights.record()?, limits: terms.limits })
    }
}
