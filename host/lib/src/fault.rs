//! The machinery failed while a scope was live: [`Fault`]. This is the only place that reads a [`Trap`].

use std::fmt;
use std::sync::Arc;

use ambit_core::{Family, Raised};
use wasmtime::Trap;

use crate::call::HostPanicked;
use crate::limits::Limits;
use crate::state::State;
use crate::waiting::BudgetSpent;

/// The machinery failed while a scope was live. Outer scopes exit all the same.
///
/// Its `Display` says which manager, in which phase, and why.
#[derive(Clone)]
pub struct Fault(Arc<Inner>);

struct Inner {
    manager: String,
    phase: Phase,
    kind: FaultKind,
    reason: String,
    stderr: String,
}

/// What a scope was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// It ran up to its yield. Nothing was entered.
    Enter,
    /// It ran from its yield to its end. Its cleanup may not have happened.
    Exit,
    /// It was released, after its exit.
    Drop,
}

/// Why the machinery failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The guest did what WebAssembly forbids: unreachable code, a stack overflow, an access out of bounds.
    Trap,
    /// The guest panicked.
    Panic,
    /// The time of the phase was over.
    Budget,
    /// The guest asked for more memory than it may have, and gave up.
    Memory,
    /// The guest made more errors than it may, or put too much into them.
    Errors,
    /// The guest broke the contract: it did not yield, or yielded again; a value that is no JSON; a handle of something
    /// else.
    Protocol,
    /// The host could not do its part: the store could not be made, or an import of the host's panicked.
    Host,
}

impl Phase {
    /// Its word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Exit => "exit",
            Self::Drop => "drop",
        }
    }
}

impl FaultKind {
    /// A code that stays the same, which is also the kind that managers see.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::Panic => "guest-panic",
            Self::Budget => "budget",
            Self::Memory => "memory",
            Self::Errors => "errors",
            Self::Protocol => "protocol",
            Self::Host => "host",
        }
    }

    fn portable(self) -> Option<&'static str> {
        match self {
            Self::Budget => Some(ambit_kinds::TIMED_OUT),
            Self::Memory => Some(ambit_kinds::OUT_OF_MEMORY),
            _ => None,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The guest made more errors than [`Limits::errors`](crate::Limits::errors).
#[derive(Debug, thiserror::Error)]
#[error("the guest made too many errors, or put too much into them")]
pub(crate) struct TooManyErrors;

impl Fault {
    pub(crate) fn new(manager: &str, phase: Phase, kind: FaultKind, reason: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            manager: manager.to_owned(),
            phase,
            kind,
            reason: reason.into(),
            stderr: String::new(),
        }))
    }

    /// Why a call of a guest failed.
    pub(crate) fn of_call(manager: &str, phase: Phase, error: &wasmtime::Error, state: &State) -> Self {
        let limits = state.used.limits();
        let stderr = state.output.tail();
        let (kind, reason) = match error.downcast_ref::<Trap>() {
            _ if error.is::<BudgetSpent>() => (FaultKind::Budget, spent(phase, limits)),
            Some(Trap::Interrupt) => (FaultKind::Budget, spent(phase, limits)),
            _ if error.is::<TooManyErrors>() => {
                let Limits { errors, memory, .. } = limits;
                let reason =
                    format!("it made more than {errors} errors, or put more than {memory} bytes into them");
                (FaultKind::Errors, reason)
            }
            _ if error.is::<HostPanicked>() => (FaultKind::Host, error.to_string()),
            _ if state.used.memory_refused => {
                (FaultKind::Memory, format!("it ran out of memory: it may have {} bytes", limits.memory))
            }
            trap => match (panic_message(&stderr), trap) {
                (Some(message), Some(_)) => (FaultKind::Panic, format!("it panicked: {message}")),
                (None, Some(trap)) => (FaultKind::Trap, format!("it trapped: {trap}")),
                (_, None) => (FaultKind::Protocol, format!("it broke the contract: {}", error.root_cause())),
            },
        };
        Self(Arc::new(Inner { manager: manager.to_owned(), phase, kind, reason, stderr }))
    }

    /// The manager whose scope it was.
    #[must_use]
    pub fn manager(&self) -> &str {
        &self.0.manager
    }

    /// What the scope was doing.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// Why.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.0.kind
    }

    /// The end of what the guest wrote on its stderr, at most 4 KiB: a panic's message, most of the time.
    #[must_use]
    pub fn stderr(&self) -> &str {
        &self.0.stderr
    }

    /// Why, in words: the part of `Display` behind the manager and the phase.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// This fault as an error in flight.
    pub(crate) fn raise(self) -> Raised {
        let kinds = ["rust:ambit::Fault", self.kind().code()].into_iter().chain(self.kind().portable());
        let raised = Raised::new(Family::Fault, kinds, self.to_string());
        raised.set_native(self);
        raised
    }
}

fn spent(phase: Phase, limits: &Limits) -> String {
    let budget = if phase == Phase::Enter { limits.enter } else { limits.exit };
    format!("it took longer than its budget of {budget:?}")
}

/// The message of a panic of Rust, as its default hook writes it on stderr.
fn panic_message(stderr: &str) -> Option<&str> {
    let (_, after) = stderr.rsplit_once("panicked at ")?;
    let (_, message) = after.split_once(":\n")?;
    let end = message.find("\nnote: ").unwrap_or(message.len());
    Some(message[..end].trim_end())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { manager, phase, reason, .. } = &*self.0;
        write!(f, "the manager `{manager}` failed in its {phase}: {reason}")
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("manager", &self.0.manager)
            .field("phase", &self.0.phase)
            .field("kind", &self.0.kind)
            .field("reason", &self.0.reason)
            .field("stderr", &self.0.stderr)
            .finish()
    }
}

impl std::error::Error for Fault {}
