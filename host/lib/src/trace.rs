//! Spans and events for [`tracing`]: what a scope does, how long it takes, and how it ends.

use std::panic::Location;
use std::time::Instant;

use ambit_core::{Answer, Raised};
use tracing::{Level, Span, debug, debug_span, enabled, warn};

use crate::fault::Phase;
use crate::manager::Manager;
use crate::scope::Exited;

/// The span of one scope, where somebody listens. It costs next to nothing where nobody does, so that it is in a box: scopes
/// are moved about.
pub(crate) struct Trace(Option<Box<Span>>);

impl Trace {
    pub(crate) fn start(manager: &Manager, entered_at: &Location<'_>) -> Self {
        let (name, plugin) = (manager.name(), manager.plugin().name());
        let span = || debug_span!("scope", manager = name, plugin, %entered_at);
        Self(enabled!(Level::DEBUG).then(|| Box::new(span())))
    }

    pub(crate) fn off() -> Self {
        Self(None)
    }

    /// Runs a phase in a span of its own, and tells how long it took.
    pub(crate) fn phase<T>(&self, phase: Phase, run: impl FnOnce() -> T) -> T {
        match phase {
            Phase::Exit | Phase::Drop => self.timed(|scope| debug_span!(parent: scope, "exit"), run),
            Phase::Describe | Phase::Enter => self.timed(|scope| debug_span!(parent: scope, "enter"), run),
            Phase::Recover => self.timed(|scope| debug_span!(parent: scope, "recover"), run),
        }
    }

    /// Runs the body in a span of its own, and tells how long it took.
    pub(crate) fn body<T>(&self, run: impl FnOnce() -> T) -> T {
        self.timed(|scope| debug_span!(parent: scope, "body"), run)
    }

    fn timed<T>(&self, span: impl FnOnce(&Span) -> Span, run: impl FnOnce() -> T) -> T {
        let Some(scope) = &self.0 else {
            return run();
        };
        span(scope).in_scope(|| {
            let began = Instant::now();
            let done = run();
            debug!(took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX), "ran");
            done
        })
    }

    pub(crate) fn not_entered(&self, raised: &Raised) {
        if let Some(scope) = &self.0 {
            scope.in_scope(|| debug!(%raised, "not entered"));
        }
    }

    pub(crate) fn exited(&self, pending: Option<&Raised>, exited: &Exited<'_>) {
        let outcome = match (&exited.answer, pending) {
            (Answer::Lost(fault), _) => {
                let span = self.0.as_deref().cloned().unwrap_or_else(Span::current);
                return span.in_scope(|| warn!(%fault, "the cleanup was lost"));
            }
            (Answer::Ended | Answer::Passed, None) => "completed",
            (Answer::Ended, Some(_)) => "suppressed",
            (Answer::Passed, Some(_)) => "re-raised",
            (Answer::Raised(raised), Some(pending)) if raised.is_same(pending) => "re-raised",
            (Answer::Raised(_), Some(_)) => "replaced",
            (Answer::Raised(_), None) => "raised",
        };
        if let Some(span) = &self.0 {
            span.in_scope(|| debug!(outcome, "exited"));
        }
    }
}
