//! How much a plugin may use: [`Limits`].

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wasmtime::ResourceLimiter;

use crate::deadline;
use crate::fault::Phase;

/// How much a scope may use: limits of space, budgets of time.
///
/// Each has a default, which [`Limits::default`] gives, and a method that gives it another value:
///
/// ```
/// use ambit::Limits;
/// use std::time::Duration;
///
/// let limits = Limits::default().enter(Duration::from_secs(2)).memory(16 << 20);
/// assert_eq!(limits.exit, Duration::from_secs(30));
/// ```
///
/// The stack is a limit too, of a whole engine: [`EngineBuilder::stack`](crate::EngineBuilder::stack).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Limits {
    /// The time that enter may take, 30 s by default: what it computes, what it waits for, and what it asks of the system, such
    /// as to open a pipe that has no other end, or a file of a network mount that is dead.
    ///
    /// What the system still holds up some 50 ms after the budget is over is given up: the scope is lost, as by any
    /// [fault](crate::Fault), and outer ones exit. The operation itself cannot be taken back: it may still have its effect
    /// when the system comes to it, but the guest goes no further then. Until then a thread and the scope's store are kept, and
    /// what it has open, such as a lock that its recovery then does not get; they keep no process from exiting. A process has
    /// 64 such threads: while it has as many or more, what may reach files is refused, as a fault of the kind `host`.
    ///
    /// Not bounded are: to open a directory when it is [granted](crate::Manager::grant), to close what a guest left open when
    /// it ended without a fault, and what a [listener](crate::Manager::output) of the host's own does, unless its guest may
    /// reach files: then both are given up together.
    pub enter: Duration,
    /// The time that the body may take, without a bound by default. When it is over, a body that [awaits](crate::Manager::with_async)
    /// is cancelled; any other where it asks, by [`check`](crate::check()): nothing interrupts it.
    pub body: Option<Duration>,
    /// The time that exit may take, 30 s by default, whatever went before. It is bounded as enter is.
    pub exit: Duration,
    /// The time that the recovery of a lost scope may take, 30 s by default.
    pub recover: Duration,
    /// The bytes that all memories of the scope's store may take, 64 MiB by default.
    pub memory: usize,
    /// How many elements all tables of the store may have, 1,048,576 by default: functions for indirect calls, a few thousand
    /// in a large guest.
    pub table_elements: usize,
    /// How many handles the store's guest may hold at a time, 10,000 by default: of files, streams, errors, scopes.
    pub handles: usize,
    /// How many errors one enter, or one exit, may make, 10,000 by default, and so how long a chain it may make of them.
    /// All that it puts into errors may take as many bytes as [`memory`](Self::memory).
    pub errors: usize,
    /// The bytes that a message, a kind or a note of an error may have, 1 MiB by default. A longer one is cut, and says so.
    pub message: usize,
    /// The bytes that the value of enter may have, as JSON, 16 MiB by default.
    pub value: usize,
    /// The bytes that a checkpoint may have, 64 KiB by default.
    pub checkpoint: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            enter: Duration::from_secs(30),
            body: None,
            exit: Duration::from_secs(30),
            recover: Duration::from_secs(30),
            memory: 64 << 20,
            table_elements: 1 << 20,
            handles: 10_000,
            errors: 10_000,
            message: 1 << 20,
            value: 16 << 20,
            checkpoint: 64 << 10,
        }
    }
}

/// A method for a limit, which gives the same limits with another value of it.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $ty:ty,)*) => {
        impl Limits {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(self, $name: $ty) -> Self {
                Self { $name, ..self }
            })*
        }
    };
}

setters! {
    /// These limits, with another budget for enter.
    enter: Duration,
    /// These limits, with another budget for the body; `None` is no bound.
    body: Option<Duration>,
    /// These limits, with another budget for exit.
    exit: Duration,
    /// These limits, with another budget for a recovery.
    recover: Duration,
    /// These limits, with another limit of memory, in bytes.
    memory: usize,
    /// These limits, with another number of elements of tables.
    table_elements: usize,
    /// These limits, with another number of handles.
    handles: usize,
    /// These limits, with another number of errors.
    errors: usize,
    /// These limits, with another limit of a message, in bytes.
    message: usize,
    /// These limits, with another limit of a value, in bytes.
    value: usize,
    /// These limits, with another limit of a checkpoint, in bytes.
    checkpoint: usize,
}

impl Limits {
    /// The time that a call of the guest may take.
    pub(crate) fn budget(&self, phase: Phase) -> Duration {
        [self.enter, self.exit, self.recover][budget_of(phase)]
    }
}

/// Which of the budgets of enter, exit and recover is that of a phase.
fn budget_of(phase: Phase) -> usize {
    match phase {
        Phase::Describe | Phase::Enter => 0,
        Phase::Exit | Phase::Drop => 1,
        Phase::Recover => 2,
    }
}

/// What a store has used of its limits of space.
#[derive(Debug)]
pub(crate) struct Used {
    limits: Limits,
    /// The [ticks](deadline::ticks) of the budgets of enter, exit and recover.
    ticks: [u64; 3],
    memory: usize,
    table_elements: usize,
    made: Made,
    /// Whether a memory was not grown in this call because of the limit: why a guest then aborts. Where many are in flight, in one of
    /// them.
    refused: bool,
    /// Whether that ever was so.
    was_refused: bool,
}

/// What an enter or an exit has made of errors.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Made {
    errors: usize,
    /// How many bytes it put into them: the host keeps them.
    bytes: usize,
}

/// How many instances, tables and memories a store may have: a guest of many linked libraries has some dozens.
const INSTANCES: usize = 1000;

impl Used {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            ticks: [limits.enter, limits.exit, limits.recover].map(deadline::ticks),
            memory: 0,
            table_elements: 0,
            made: Made::default(),
            refused: false,
            was_refused: false,
        }
    }

    /// The [ticks](deadline::ticks) that a call of the guest may take.
    pub(crate) fn ticks(&self, phase: Phase) -> u64 {
        self.ticks[budget_of(phase)]
    }

    /// Counts errors that the guest makes, and the bytes that it puts into some; false where that is too much.
    pub(crate) fn charge(&mut self, errors: usize, bytes: usize) -> bool {
        self.made.errors += errors;
        self.made.bytes = self.made.bytes.saturating_add(bytes);
        self.made.errors <= self.limits.errors && self.made.bytes <= self.limits.memory
    }

    /// Begins to count the errors of another enter or exit.
    pub(crate) fn begin(&mut self) {
        self.made = Made::default();
        self.refused = false;
    }

    /// Goes on to count the errors of another that has made these, and gives what the one before has.
    pub(crate) fn go_on(&mut self, made: Made) -> Made {
        std::mem::replace(&mut self.made, made)
    }

    /// Whether the guest was refused memory in this call.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused
    }

    /// Whether enough is left for another scope.
    pub(crate) fn suffices(&self) -> bool {
        // A memory never shrinks: the next scope is to have as much of the limit as this one had, or a store of its own.
        !self.was_refused && self.memory <= self.limits.memory / 2
    }

    fn refuse(&mut self) -> bool {
        self.refused = true;
        self.was_refused = true;
        false
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }
}

impl ResourceLimiter for Used {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired - current);
        if total > self.limits.memory {
            return Ok(self.refuse());
        }
        self.memory = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.table_elements.saturating_add(desired - current);
        if total > self.limits.table_elements {
            return Ok(self.refuse());
        }
        self.table_elements = total;
        Ok(true)
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn tables(&self) -> usize {
        INSTANCES
    }

    fn memories(&self) -> usize {
        INSTANCES
    }
}
