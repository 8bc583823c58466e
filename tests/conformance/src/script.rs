//! What a manager of a scenario does: [`Script`].

use serde::{Deserialize, Serialize};

use crate::actions::{Action, Thrown};

/// A generator with one `try` around its `yield`. What is left out is not done.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Script {
    pub(crate) before: Vec<Action>,
    pub(crate) yields: u8,
    pub(crate) value: String,
    pub(crate) handlers: Vec<Handler>,
    #[serde(rename = "else")]
    pub(crate) otherwise: Vec<Action>,
    pub(crate) finally: Vec<Action>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            before: Vec::new(),
            yields: 1,
            value: "value".into(),
            handlers: Vec::new(),
            otherwise: Vec::new(),
            finally: Vec::new(),
        }
    }
}

/// An except clause.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Handler {
    pub(crate) catch: String,
    pub(crate) actions: Vec<Action>,
    pub(crate) then: Then,
}

/// How an except clause ends.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Then {
    Suppress,
    Reraise,
    #[serde(untagged)]
    Raise {
        raise: Thrown,
        from: From,
    },
}

/// What a new error of an except clause is raised from.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum From {
    Caught,
    Implicit,
    None,
}
