//! A scenario as it is recorded: [`Scenario`].

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::actions::{Action, Thrown};
use crate::script::Script;

/// A program, the managers that it uses, and what CPython did with it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its number in the recording.
    pub id: u64,
    /// Whether CPython ran it with the async counterparts; what is expected is the same.
    #[serde(rename = "async", default)]
    pub is_async: bool,
    pub(crate) managers: BTreeMap<String, Script>,
    pub(crate) program: Vec<Statement>,
    /// What CPython did.
    pub expected: Expected,
}

/// What a scenario leaves behind.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// What was logged, in order.
    pub trace: Vec<String>,
    /// How the program ended.
    pub end: End,
}

/// How a program ended.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// It came to its last line.
    Completed,
    /// It failed, with this error and its chain, newest first.
    Error(Vec<Link>),
}

/// An error of a chain.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// `raised`, or how it is related to the one before it: `cause` or `context`.
    pub relation: String,
    /// Its kind.
    pub kind: String,
    /// Its text.
    pub message: String,
}

/// What the host's program does.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Statement {
    Log(String),
    Raise(Thrown),
    Reraise(Yes),
    With {
        manager: String,
        body: Vec<Statement>,
    },
    Try {
        body: Vec<Statement>,
        catch: String,
        #[serde(rename = "do")]
        handler: Vec<Statement>,
    },
    Decorate {
        manager: String,
        calls: u32,
        body: Vec<Statement>,
    },
    Stack {
        steps: Vec<Step>,
    },
}

/// What is done with an exit stack.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    Enter(String),
    Callback(Vec<Action>),
    Push(ExitFunction),
    PopAll(Yes),
    Close(Yes),
    #[serde(untagged)]
    Statement(Statement),
}

/// An exit function that is pushed onto a stack.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExitFunction {
    pub(crate) actions: Vec<Action>,
    /// The kind that it suppresses.
    pub(crate) suppress: String,
}

/// The operand of what needs none: `true`, and only that.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "bool")]
pub(crate) struct Yes;

impl TryFrom<bool> for Yes {
    type Error = &'static str;

    fn try_from(yes: bool) -> Result<Self, &'static str> {
        if yes { Ok(Self) } else { Err("it must be `true`, or be left out") }
    }
}
