//! A manager as `#[manager]` makes it: [`Manager`] and its [`Parameter`]s.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use serde::de::DeserializeOwned;

use crate::arguments::Arguments;
use crate::checkpoint::Recovered;
use crate::drive::Started;
use crate::yielder::Yielder;
use crate::{Error, Result};

/// A manager: what [`#[manager]`](macro@crate::manager) makes of an `async fn`.
///
/// Name it in [`plugin!`](crate::plugin) to offer it to hosts, and give it to `testing::enter` in a unit test.
pub struct Manager {
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    start: Start,
    recover: Option<Recover>,
}

/// Reads the arguments, and calls the author's function.
type Start = fn(&Arguments<'_>, &Rc<Yielder>) -> Result<Started>;

/// Reads a checkpoint, and calls the author's function for it.
type Recover = fn(&str) -> Recovered;

impl Manager {
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        doc: &'static str,
        parameters: &'static [Parameter],
        start: Start,
        recover: Option<Recover>,
    ) -> Self {
        Self { name, doc, parameters, start, recover }
    }

    /// Its name: that of the function, unless `#[manager(name = "…")]` gives another.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What it does: the doc comment of the function, in Markdown.
    #[must_use]
    pub const fn doc(&self) -> &'static str {
        self.doc
    }

    /// Its parameters, in the order in which positional arguments fill them.
    #[must_use]
    pub const fn parameters(&self) -> &'static [Parameter] {
        self.parameters
    }

    /// Reads the arguments, and calls the function: its future has not run yet.
    pub(crate) fn start(&self, inputs: &str, yielder: &Rc<Yielder>) -> Result<Started> {
        (self.start)(&Arguments::read(self, inputs)?, yielder)
    }

    /// Releases what a lost scope held, of which `state` is the last checkpoint.
    pub(crate) fn recover(&self, state: &str) -> Result {
        let Some(recover) = self.recover else {
            let message = format!("the manager `{}` leaves no checkpoints, and cannot recover", self.name);
            return Err(Error::new(["rust:ambit_guest::NoRecovery", ambit_kinds::UNSUPPORTED], message));
        };
        recover(state).unwrap_or_else(|error| {
            let [detailed, kind] = ambit_kinds::detailed(ambit_kinds::INVALID_ARGUMENT, "state");
            let kinds = ["rust:ambit_guest::UnreadableCheckpoint".to_owned(), detailed, kind];
            Err(Error::new(kinds, format!("this is no checkpoint of `{}`: {error}", self.name)))
        })
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager")
            .field("name", &self.name)
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}

/// A parameter of a [`Manager`].
pub struct Parameter {
    name: &'static str,
    doc: &'static str,
    initial: Option<Initial>,
    #[cfg(not(target_arch = "wasm32"))]
    reads: fn(&str) -> Result<(), serde_json::Error>,
}

/// The default of a parameter.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Initial {
    /// It is JSON already.
    Text(&'static str),
    /// An expression of the author's.
    Computed(fn() -> String),
}

impl Parameter {
    #[doc(hidden)]
    pub const fn new<T: DeserializeOwned>(
        name: &'static str,
        doc: &'static str,
        initial: Option<Initial>,
    ) -> Self {
        Self {
            name,
            doc,
            initial,
            #[cfg(not(target_arch = "wasm32"))]
            reads: |json| serde_json::from_str::<T>(json).map(drop),
        }
    }

    /// Its name: a key of the arguments.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What it is for: its doc comment, in Markdown.
    #[must_use]
    pub const fn doc(&self) -> &'static str {
        self.doc
    }

    /// Its default, as JSON: that of `#[default(…)]`.
    #[must_use]
    pub fn initial(&self) -> Option<Cow<'static, str>> {
        self.initial.map(|initial| match initial {
            Initial::Text(text) => Cow::Borrowed(text),
            Initial::Computed(compute) => Cow::Owned(compute()),
        })
    }

    /// Whether its type can be read from that JSON.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn reads(&self, json: &str) -> Result<(), serde_json::Error> {
        (self.reads)(json)
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameter").field("name", &self.name).finish_non_exhaustive()
    }
}
