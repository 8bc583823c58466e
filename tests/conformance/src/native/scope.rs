//! A manager of a scenario, interpreted: [`Scope`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ambit_core::{Answer, Family, Raised};

use crate::actions::{self, Action};
use crate::name::{matches, show};
use crate::script::{From, Handler, Script, Then};
use crate::{Flow, Trace};

/// A manager at its yield.
pub(super) struct Scope {
    name: String,
    script: Script,
    trace: Trace,
    yielded_again: Arc<AtomicBool>,
}

impl Scope {
    /// Runs a manager up to its yield.
    pub(super) fn enter(
        name: &str,
        script: &Script,
        trace: &Trace,
        yielded_again: &Arc<AtomicBool>,
    ) -> Result<Self, Raised> {
        actions::act(name, &script.before, trace)?;
        match script.yields {
            0 => Err(broken("did-not-yield")),
            _ => Ok(Self {
                name: name.to_owned(),
                script: script.clone(),
                trace: trace.clone(),
                yielded_again: yielded_again.clone(),
            }),
        }
    }

    /// What the yield gives to the body.
    pub(super) fn value(&self) -> &str {
        &self.script.value
    }

    /// Runs the rest.
    pub(super) fn exit(self, failure: Option<&Raised>) -> Answer {
        let block = match failure {
            Some(raised) => self.handle(raised),
            None => self.act(&self.script.otherwise),
        };
        match self.finally(block) {
            Err(raised) => Answer::Raised(raised),
            Ok(()) if self.script.yields > 1 => {
                // It stands at its second yield, and is closed there.
                self.yielded_again.store(true, Ordering::Relaxed);
                let closed = self.finally(Err(broken("did-not-stop")));
                closed.map_or_else(Answer::Raised, |()| Answer::Ended)
            }
            Ok(()) => Answer::Ended,
        }
    }

    /// The except clauses.
    fn handle(&self, caught: &Raised) -> Flow {
        let Some(handler) = self.script.handlers.iter().find(|handler| matches(&handler.catch, caught))
        else {
            return Err(caught.clone());
        };
        self.trace.log(format!("{}: caught {}", self.name, show(caught)));
        self.act(&handler.actions)?;
        end(handler, caught)
    }

    /// What stands after `finally`; an error raised there has the one that passes through as context.
    fn finally(&self, block: Flow) -> Flow {
        self.act(&self.script.finally).inspect_err(|raised| {
            if let Err(passing) = &block {
                raised.set_context(Some(passing.clone()));
            }
        })?;
        block
    }

    fn act(&self, actions: &[Action]) -> Flow {
        actions::act(&self.name, actions, &self.trace)
    }
}

/// The last line of an except clause. The context of a new error is the host's to set.
fn end(handler: &Handler, caught: &Raised) -> Flow {
    match &handler.then {
        Then::Suppress => Ok(()),
        Then::Reraise => Err(caught.clone()),
        Then::Raise { raise, from } => {
            let raised = raise.raised();
            match from {
                From::Caught => raised.set_cause(Some(caught.clone())),
                From::None => raised.set_cause(None),
                From::Implicit => {}
            }
            Err(raised)
        }
    }
}

fn broken(rule: &str) -> Raised {
    Raised::new(Family::Fault, [rule], rule.replace('-', " "))
}
