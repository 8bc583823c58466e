//! A scope in the hands of who awaits its body: [`Held`].

use std::sync::Arc;

use ambit_core::{Ending, Raised};

use super::{Scope, abandoned};
use crate::cancel::Span;
use crate::exchange::Value;
use crate::fault::Fault;

/// A scope in the hands of who awaits its body. Dropped, it begins to exit, which goes on: nobody waits for the body any more.
pub(crate) struct Held {
    /// There until this is used up or dropped.
    scope: Option<Scope<'static>>,
    span: Arc<Span>,
}

/// Why a scope is there where it is asked for.
const HELD: &str = "it is taken only as this is used up";

impl Held {
    pub(crate) fn new(scope: Scope<'static>, span: Arc<Span>) -> Self {
        Self { scope: Some(scope), span }
    }

    pub(crate) fn scope(&self) -> &Scope<'static> {
        self.scope.as_ref().expect(HELD)
    }

    /// What its enter gave, once.
    pub(crate) fn take_value(&mut self) -> Value {
        self.scope.as_mut().expect(HELD).take_value()
    }

    /// Gives it to who sees to its exit.
    pub(crate) fn into_scope(mut self) -> Scope<'static> {
        self.scope.take().expect(HELD)
    }

    /// The fault of an enter that gave what is no value; see [`Scope::saw`].
    pub(crate) fn saw(&mut self, reason: String) -> Fault {
        self.scope.as_mut().expect(HELD).saw(reason)
    }

    /// Exits, and says which error goes on, as the manager may have it, and what else happened.
    pub(crate) async fn end(self, pending: Option<Raised>) -> Ending {
        let span = self.span.clone();
        self.into_scope().begin_exit(pending, span).ending().await
    }

    /// The same as [`Scope::enter_in_vain`], for who may await.
    pub(crate) async fn enter_in_vain(mut self, reason: String) -> Raised {
        let (fault, span) = (self.saw(reason), self.span.clone());
        self.into_scope().begin_exit(Some(abandoned()), span).exited().await.in_vain(fault)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(scope) = self.scope.take() {
            drop(scope.abandon(self.span.clone()));
        }
    }
}
