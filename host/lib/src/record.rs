//! The terms of a scope as its journal keeps them, so that it can be recovered on the same: [`Record`].

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::isolation::Terms;
use crate::limits::Limits;

/// The rights and limits of a scope.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) rights: Rights,
    limits: Bounds,
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

/// The limits that a recovery has.
#[derive(Debug, Serialize, Deserialize)]
struct Bounds {
    recover: Duration,
    memory: usize,
    table_elements: usize,
    handles: usize,
    errors: usize,
    message: usize,
}

impl Record {
    /// The terms of a manager; `None` where they cannot be written down, since a directory's name is not UTF-8.
    pub(crate) fn of(terms: &Terms) -> Option<Self> {
        let Limits { recover, memory, table_elements, handles, errors, message, .. } = terms.limits;
        let limits = Bounds { recover, memory, table_elements, handles, errors, message };
        Some(Self { rights: terms.rights.record()?, limits })
    }

    /// The limits to recover by.
    pub(crate) fn limits(&self) -> Limits {
        let Bounds { recover, memory, table_elements, handles, errors, message } = self.limits;
        let limits = Limits::default().recover(recover).memory(memory).table_elements(table_elements);
        limits.handles(handles).errors(errors).message(message)
    }
}
