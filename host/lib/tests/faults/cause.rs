//! What goes wrong: [`Cause`], and what is right to come of it: [`Verdict`].

use ambit::FaultKind;

use crate::kind::Kind;
use crate::phase::Phase;

/// What the hostile program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Trap,
    Panic,
    OutOfMemory,
    StackOverflow,
    DeepCalls,
    EndlessLoop,
    EndlessAllocation,
    HangingImport,
    HangingAwait,
    StderrFlood,
    ValueTooLarge,
    InvalidJson,
    InvalidUtf8,
    ForeignHandle,
    DroppedHandle,
    CycleOfCauses,
    MillionCauses,
}

/// What is right to come of a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A fault of this kind.
    Fault(FaultKind),
    /// An error of the program, with a chain that has an end.
    Raised,
    /// Nothing: the phase goes on.
    Harmless,
}

impl Cause {
    pub(crate) const ALL: [Self; 17] = [
        Self::Trap,
        Self::Panic,
        Self::OutOfMemory,
        Self::StackOverflow,
        Self::DeepCalls,
        Self::EndlessLoop,
        Self::EndlessAllocation,
        Self::HangingImport,
        Self::HangingAwait,
        Self::StderrFlood,
        Self::ValueTooLarge,
        Self::InvalidJson,
        Self::InvalidUtf8,
        Self::ForeignHandle,
        Self::DroppedHandle,
        Self::CycleOfCauses,
        Self::MillionCauses,
    ];

    /// Its word, which the hostile program knows too.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::Panic => "panic",
            Self::OutOfMemory => "out-of-memory",
            Self::StackOverflow => "stack-overflow",
            Self::DeepCalls => "deep-calls",
            Self::EndlessLoop => "endless-loop",
            Self::EndlessAllocation => "endless-allocation",
            Self::HangingImport => "hanging-import",
            Self::HangingAwait => "hanging-await",
            Self::StderrFlood => "stderr-flood",
            Self::ValueTooLarge => "value-too-large",
            Self::InvalidJson => "invalid-json",
            Self::InvalidUtf8 => "invalid-utf8",
            Self::ForeignHandle => "foreign-handle",
            Self::DroppedHandle => "dropped-handle",
            Self::CycleOfCauses => "cycle-of-causes",
            Self::MillionCauses => "million-causes",
        }
    }

    /// What is right to come of it in this phase; an error says why it cannot happen there.
    pub(crate) fn verdict(self, phase: Phase, kind: Kind) -> Result<Verdict, &'static str> {
        let kind = match (self, phase) {
            (_, Phase::Drop) if kind == Kind::Awaits => {
                return Err("a scope of a manager that awaits is released by its exit");
            }
            (Self::HangingAwait, _) if kind == Kind::Calls => {
                return Err("only a manager that awaits can do so for ever");
            }
            (Self::HangingAwait, Phase::Load | Phase::Describe | Phase::Drop) => {
                return Err("only enter and exit await");
            }
            (Self::ValueTooLarge, Phase::Load | Phase::Describe | Phase::Exit | Phase::Drop) => {
                return Err("only enter gives a value");
            }
            (Self::InvalidJson, Phase::Load | Phase::Exit | Phase::Drop) => {
                return Err("only enter and describe give JSON");
            }
            (Self::CycleOfCauses, Phase::Enter) => return Ok(Verdict::Raised),
            // The link that would close the ring is not made; and of a flood only the end is kept.
            (Self::CycleOfCauses | Self::StderrFlood, _) => return Ok(Verdict::Harmless),
            (Self::Trap | Self::StackOverflow, _) => FaultKind::Trap,
            (Self::DeepCalls, _) => FaultKind::Stack,
            (Self::Panic, _) => FaultKind::Panic,
            (Self::OutOfMemory | Self::EndlessAllocation, _) => FaultKind::Memory,
            (Self::EndlessLoop | Self::HangingImport | Self::HangingAwait, _) => FaultKind::Budget,
            (
                Self::ValueTooLarge
                | Self::InvalidJson
                | Self::InvalidUtf8
                | Self::ForeignHandle
                | Self::DroppedHandle,
                _,
            ) => FaultKind::Protocol,
            (Self::MillionCauses, _) => FaultKind::Errors,
        };
        Ok(Verdict::Fault(kind))
    }

    /// Whether only a budget ends it.
    pub(crate) fn is_endless(self) -> bool {
        matches!(self, Self::EndlessLoop | Self::HangingImport | Self::HangingAwait)
    }

    /// What whoever reads of it finds in the words.
    pub(crate) fn says(self) -> &'static str {
        match self {
            Self::Trap => "it trapped: ",
            Self::StackOverflow => "it trapped: ",
            Self::DeepCalls => "its calls nested deeper than its stack has room for",
            Self::Panic => "it panicked: hostile on purpose",
            Self::OutOfMemory | Self::EndlessAllocation => "it ran out of memory: it may have 4194304 bytes",
            Self::EndlessLoop | Self::HangingImport | Self::HangingAwait => {
                "it took longer than its budget of "
            }
            Self::ValueTooLarge => "its value has 262146 bytes, and may have 65536",
            Self::InvalidJson => "JSON",
            Self::InvalidUtf8 => "it broke the contract: invalid utf-8",
            Self::ForeignHandle | Self::DroppedHandle => "it broke the contract: unknown handle index",
            Self::MillionCauses => "it made more than 10000 errors",
            Self::StderrFlood | Self::CycleOfCauses => "",
        }
    }
}
