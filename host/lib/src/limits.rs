//! How much a plugin may use: [`Limits`].

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// How much a scope may use: limits of space, budgets of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The time that enter may take, 30 s by default: what it computes, and what it waits for. Not bounded is how long the
    /// system takes to open, read or write a file: of a pipe or a dead network mount, for ever.
    pub enter: Duration,
    /// The time that exit may take, 30 s by default, whatever went before.
    pub exit: Duration,
    /// The bytes that all memories of the scope's store may take, 64 MiB by default.
    pub memory: usize,
    /// How many errors the scope may make, 10,000 by default. All that it puts into errors may take as many bytes as
    /// [`memory`](Self::memory).
    pub errors: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            enter: Duration::from_secs(30),
            exit: Duration::from_secs(30),
            memory: 64 << 20,
            errors: 10_000,
        }
    }
}

impl Limits {
    /// These limits, with another budget for enter.
    #[must_use]
    pub fn enter(self, enter: Duration) -> Self {
        Self { enter, ..self }
    }

    /// These limits, with another budget for exit.
    #[must_use]
    pub fn exit(self, exit: Duration) -> Self {
        Self { exit, ..self }
    }

    /// These limits, with another limit of memory, in bytes.
    #[must_use]
    pub fn memory(self, memory: usize) -> Self {
        Self { memory, ..self }
    }

    /// These limits, with another number of errors.
    #[must_use]
    pub fn errors(self, errors: usize) -> Self {
        Self { errors, ..self }
    }
}

/// What a store has used of its limits of space.
#[derive(Debug)]
pub(crate) struct Used {
    limits: Limits,
    memory: usize,
    table_elements: usize,
    errors: usize,
    /// How many bytes the guest put into errors: the host keeps them.
    error_bytes: usize,
    /// Whether a memory was not grown because of the limit: why a guest then aborts.
    pub(crate) memory_refused: bool,
}

/// How many elements all tables of a store may have: functions for indirect calls, a few thousand in a large guest.
const TABLE_ELEMENTS: usize = 1 << 20;

/// How many instances, tables and memories a store may have: a guest of many linked libraries has some dozens.
const INSTANCES: usize = 1000;

impl Used {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, memory: 0, table_elements: 0, errors: 0, error_bytes: 0, memory_refused: false }
    }

    /// Counts errors that the guest makes, and the bytes that it puts into some; false where that is too much.
    pub(crate) fn charge(&mut self, errors: usize, bytes: usize) -> bool {
        self.errors += errors;
        self.error_bytes = self.error_bytes.saturating_add(bytes);
        self.errors <= self.limits.errors && self.error_bytes <= self.limits.memory
    }

    /// Begins to count for another scope; false where too much was used for that.
    pub(crate) fn renew(&mut self) -> bool {
        self.errors = 0;
        self.error_bytes = 0;
        // A memory never shrinks: the next scope is to have as much of the limit as this one had, or a store of its own.
        !self.memory_refused && self.memory <= self.limits.memory / 2
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
            self.memory_refused = true;
            return Ok(false);
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
        if total > TABLE_ELEMENTS {
            self.memory_refused = true;
            return Ok(false);
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
