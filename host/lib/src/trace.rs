//! Spans and events for [`tracing`]: what a scope does, how long it takes, and how it ends.

use std::time::Instant;

use ambit_core::{Answer, Raised};
use tracing::{Level, Span, debug, debug_span, enabled, warn};

use crate::fault::Phase;
use crate::manager::Manager;
use crate::scope::Exited;

/// The span of one scope, where somebody listens. It costs next to nothing where nobody does.
pub(crate) struct Trace(Option<Box<Live>>);

struct Live {
    span: Span,
    began: Instant,
}

impl Trace {
    pub(crate) fn start(manager: &Manager) -> Self {
        let live = || {
            let span = debug_span!("scope", manager = manager.name(), plugin = manager.plugin().name());
            Box::new(Live { span, began: Instant::now() })
        };
        Self(enabled!(Level::DEBUG).then(live))
    }

    pub(crate) fn off() -> Self {
        Self(None)
    }

    /// Runs a phase, and tells how long it took.
    pub(crate) fn phase<T>(&self, phase: Phase, run: impl FnOnce() -> T) -> T {
        let Some(live) = &self.0 else {
            return run();
        };
        live.span.in_scope(|| {
            let began = Instant::now();
            if phase == Phase::Exit {
                debug!(since_enter_us = micros(live.began), "body ended");
            }
            let done = run();
            debug!(%phase, took_us = micros(began), "ran");
            done
        })
    }

    pub(crate) fn not_entered(&self, raised: &Raised) {
        if let Some(live) = &self.0 {
            live.span.in_scope(|| debug!(%raised, "not entered"));
        }
    }

    pub(crate) fn exited(&self, pending: Option<&Raised>, exited: &Exited) {
        let span = self.0.as_ref().map_or_else(Span::current, |live| live.span.clone());
        let outcome = match (&exited.answer, pending) {
            (Answer::Lost(fault), _) => return span.in_scope(|| warn!(%fault, "the cleanup was lost")),
            (Answer::Ended | Answer::Passed, None) => "completed",
            (Answer::Ended, Some(_)) => "suppressed",
            (Answer::Passed, Some(_)) => "re-raised",
            (Answer::Raised(raised), Some(pending)) if raised.is_same(pending) => "re-raised",
            (Answer::Raised(_), Some(_)) => "replaced",
            (Answer::Raised(_), None) => "raised",
        };
        if self.0.is_some() {
            span.in_scope(|| debug!(outcome, "exited"));
        }
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
