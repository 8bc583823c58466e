//! Spans and events for [`tracing`]: what a scope does, how long it takes, and how it ends.

use std::panic::Location;
use std::time::Instant;

use ambit_core::{Answer, Raised};
use tracing::span::EnteredSpan;
use tracing::{Level, Span, debug, debug_span, enabled, warn};

use crate::manager::Manager;

/// The span of one scope, where somebody listens. Where nobody does, it is next to nothing.
#[derive(Default)]
pub(crate) struct Trace(Option<Box<Span>>);

impl Trace {
    #[inline]
    pub(crate) fn start(manager: &Manager, entered_at: &Location<'_>) -> Self {
        if enabled!(Level::DEBUG) { Self::listened_to(manager, entered_at) } else { Self(None) }
    }

    #[cold]
    fn listened_to(manager: &Manager, entered_at: &Location<'_>) -> Self {
        let (name, plugin) = (manager.name(), manager.plugin().name());
        Self(Some(Box::new(debug_span!("scope", manager = name, plugin, %entered_at))))
    }

    /// Begins the span of enter, and tells how long it took where what this gives is dropped.
    pub(crate) fn enter(&self) -> Option<Timed> {
        self.0.as_ref().map(|scope| Timed::begin(debug_span!(parent: &**scope, "enter")))
    }

    /// The same, of the body.
    #[inline]
    pub(crate) fn body(&self) -> Option<Timed> {
        self.0.as_ref().map(|scope| Timed::begin(debug_span!(parent: &**scope, "body")))
    }

    /// The same, of exit.
    pub(crate) fn exit(&self) -> Option<Timed> {
        self.0.as_ref().map(|scope| Timed::begin(debug_span!(parent: &**scope, "exit")))
    }

    pub(crate) fn not_entered(&self, raised: &Raised) {
        if let Some(scope) = &self.0 {
            scope.in_scope(|| debug!(%raised, "not entered"));
        }
    }

    #[inline]
    pub(crate) fn exited(&self, pending: Option<&Raised>, answer: &Answer) {
        if self.0.is_some() || matches!(answer, Answer::Lost(_)) {
            self.tell(pending, answer);
        }
    }

    #[cold]
    fn tell(&self, pending: Option<&Raised>, answer: &Answer) {
        let outcome = match (answer, pending) {
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

/// A span that somebody listens to, until this is dropped. What costs nothing where nobody does is out of the way: the code of a
/// scope is about as large as what a processor keeps of it.
pub(crate) struct Timed(Box<(Instant, EnteredSpan)>);

impl Timed {
    #[cold]
    fn begin(span: Span) -> Self {
        Self(Box::new((Instant::now(), span.entered())))
    }
}

impl Drop for Timed {
    #[cold]
    fn drop(&mut self) {
        let took = self.0.0.elapsed().as_micros();
        debug!(took_us = u64::try_from(took).unwrap_or(u64::MAX), "ran");
    }
}
