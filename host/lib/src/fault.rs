//! The machinery failed while a scope was live: [`Fault`]. This is the only place that reads a [`Trap`].

use std::fmt;
use std::sync::Arc;

use ambit_core::{Family, Raised};
use wasmtime::Trap;
use wasmtime::component::ResourceTableError;
use wasmtime_wasi::I32Exit;

use crate::call::HostPanicked;
use crate::instances::NoRoom;
use crate::limits::Limits;
use crate::output::Output;
use crate::recovery::Recovery;
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
    recovery: Option<Recovery>,
}

/// What a scope was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Its plugin was asked what it offers.
    Describe,
    /// It ran up to its yield. Nothing was entered.
    Enter,
    /// It ran from its yield to its end. Its cleanup may not have happened.
    Exit,
    /// It was released, after its exit.
    Drop,
    /// It was lost, and another instance ran to release what it held.
    Recover,
}

/// Why the machinery failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The guest did what WebAssembly forbids: unreachable code, an access out of bounds. So ends what grows beyond a stack of its own,
    /// in its memory, as most languages have one.
    Trap,
    /// The guest's calls nested deeper than [`EngineBuilder::stack`](crate::EngineBuilder::stack) has room for.
    Stack,
    /// The guest panicked.
    Panic,
    /// The time of the phase was over.
    Budget,
    /// The guest asked for more memory than it may have, and gave up.
    Memory,
    /// The guest made more errors than it may, or put too much into them.
    Errors,
    /// The guest held more handles than it may, of errors, files or streams.
    Handles,
    /// The guest broke the contract: it did not yield, or yielded again; a value that is no JSON; a handle of something
    /// else.
    Protocol,
    /// It was not to blame: its store, which it shared, was lost to a fault of another scope.
    Lost,
    /// It raised an error of its own once it had left a checkpoint, and its recovery failed: something may be left.
    Unreleased,
    /// The host could not do its part: the store could not be made, or an import of the host's panicked.
    Host,
}

impl Phase {
    /// Its word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Describe => "describe",
            Self::Enter => "enter",
            Self::Exit => "exit",
            Self::Drop => "drop",
            Self::Recover => "recovery",
        }
    }
}

impl FaultKind {
    /// A code that stays the same, which is also the kind that managers see.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::Stack => "stack",
            Self::Panic => "guest-panic",
            Self::Budget => "budget",
            Self::Memory => "memory",
            Self::Errors => "errors",
            Self::Handles => "handles",
            Self::Protocol => "protocol",
            Self::Lost => "lost",
            Self::Unreleased => "unreleased",
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
    #[cold]
    pub(crate) fn new(manager: &str, phase: Phase, kind: FaultKind, reason: impl Into<String>) -> Self {
        let (manager, reason) = (manager.to_owned(), reason.into());
        Self(Arc::new(Inner { manager, phase, kind, reason, stderr: String::new(), recovery: None }))
    }

    /// The pool had no room, and outside of it there was none either.
    #[cold]
    pub(crate) fn no_room(manager: &str, phase: Phase) -> Self {
        Self::new(manager, phase, FaultKind::Host, "there is no room for another instance")
    }

    /// The host could not make what the call needs.
    #[cold]
    pub(crate) fn of_host(manager: &str, phase: Phase, error: &wasmtime::Error) -> Self {
        Self::new(manager, phase, FaultKind::Host, format!("it could not be called: {error:#}"))
    }

    /// This fault, with what came of the recovery of its scope.
    #[cold]
    pub(crate) fn recovered(self, recovery: Recovery) -> Self {
        let Inner { manager, phase, kind, reason, stderr, .. } = &*self.0;
        let (manager, reason, stderr) = (manager.clone(), reason.clone(), stderr.clone());
        Self(Arc::new(Inner {
            manager,
            phase: *phase,
            kind: *kind,
            reason,
            stderr,
            recovery: Some(recovery),
        }))
    }

    /// A call of a guest that did not come back in time.
    #[cold]
    pub(crate) fn given_up(manager: &str, phase: Phase, limits: &Limits, output: &Output) -> Self {
        let (manager, kind, stderr) = (manager.to_owned(), FaultKind::Budget, output.tail());
        let reason = format!("{}, and the system still holds it up", spent(phase, limits));
        Self(Arc::new(Inner { manager, phase, kind, reason, stderr, recovery: None }))
    }

    /// Why a call of a guest failed.
    #[cold]
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
            _ if held_too_many(error) => {
                (FaultKind::Handles, format!("it held more than {} handles", limits.handles))
            }
            _ if error.is::<HostPanicked>() || error.is::<NoRoom>() => (FaultKind::Host, error.to_string()),
            // A guest that was refused memory may have gone on, and panicked for another reason.
            _ if state.used.is_refused() && panic_message(&stderr).is_none() => {
                let Limits { memory, table_elements, .. } = limits;
                let has = format!("it may have {memory} bytes, and {table_elements} elements of tables");
                (FaultKind::Memory, format!("it ran out of memory: {has}"))
            }
            trap => match (panic_message(&stderr), trap) {
                (None, Some(Trap::StackOverflow)) => {
                    (FaultKind::Stack, "its calls nested deeper than its stack has room for".to_owned())
                }
                // WASI tells whether it went well, and not with which status.
                (_, None) if error.is::<I32Exit>() => (
                    FaultKind::Protocol,
                    "it broke the contract: it ended its program, as by `exit`".to_owned(),
                ),
                (Some(message), Some(_)) => (FaultKind::Panic, format!("it panicked: {message}")),
                (None, Some(trap)) => (FaultKind::Trap, format!("it trapped: {trap}")),
                (_, None) => (FaultKind::Protocol, format!("it broke the contract: {}", error.root_cause())),
            },
        };
        Self(Arc::new(Inner { manager: manager.to_owned(), phase, kind, reason, stderr, recovery: None }))
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

    /// What came of the recovery of the scope, where it had left a checkpoint.
    #[must_use]
    pub fn recovery(&self) -> Option<&Recovery> {
        self.0.recovery.as_ref()
    }

    /// This fault as an error in flight.
    #[cold]
    pub(crate) fn raise(self) -> Raised {
        let kinds = ["rust:ambit::Fault", self.kind().code()].into_iter().chain(self.kind().portable());
        let raised = Raised::new(Family::Fault, kinds, self.to_string());
        raised.set_native(self);
        raised
    }
}

fn spent(phase: Phase, limits: &Limits) -> String {
    format!("it took longer than its budget of {:?}", limits.budget(phase))
}

/// Whether a limit of handles was met: the host's own table says so by a type, Wasmtime's only in words.
fn held_too_many(error: &wasmtime::Error) -> bool {
    let full = error.downcast_ref::<ResourceTableError>();
    matches!(full, Some(ResourceTableError::Full))
        || error.root_cause().to_string().contains(HANDLES_EXCEEDED)
}

/// What Wasmtime 48 says where a store has more handles than `Store::set_max_component_handles` allows.
const HANDLES_EXCEEDED: &str = "store handle limit exceeded";

/// The message of a panic of Rust, as its default hook writes it on stderr.
fn panic_message(stderr: &str) -> Option<&str> {
    let (_, after) = stderr.rsplit_once("panicked at ")?;
    let (_, message) = after.split_once(":\n")?;
    let end = message.find("\nnote: ").unwrap_or(message.len());
    Some(message[..end].trim_end())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { manager, phase, reason, recovery, .. } = &*self.0;
        write!(f, "the manager `{manager}` failed in its {phase}: {reason}")?;
        recovery.iter().try_for_each(|recovery| write!(f, "; {recovery}"))
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
            .field("recovery", &self.0.recovery)
            .finish()
    }
}

impl std::error::Error for Fault {}
