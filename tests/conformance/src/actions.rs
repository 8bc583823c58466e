//! What managers, callbacks and pushed functions do: [`Action`].

use ambit_core::{Family, Raised};
use serde::{Deserialize, Serialize};

use crate::{Flow, Trace};

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    Log(String),
    Raise(Thrown),
}

/// An error as a scenario writes it; each time that it is raised, it is a new one.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Thrown {
    kind: String,
    message: String,
}

impl Thrown {
    pub(crate) fn raised(&self) -> Raised {
        Raised::new(Family::Error, [&self.kind], &self.message)
    }
}

/// Does them in order, in the name of `who`, until one raises.
pub(crate) fn act(who: &str, actions: &[Action], trace: &Trace) -> Flow {
    for action in actions {
        match action {
            Action::Log(text) => trace.log(format!("{who}: {text}")),
            Action::Raise(thrown) => return Err(thrown.raised()),
        }
    }
    Ok(())
}
