//! A scope in the hands of who awaits its body: [`Held`].

use std::sync::Arc;

use ambit_core::{Ending, Raised};

use super::{Exiting, Scope, abandoned};
use crate::cancel::Span;
use crate::exchange::Value;
use crate::fault::Fault;

/// A scope in the hands of who awaits its body. Dropped, it begins to exit, which goes on: nobody waits for the body any more.
pub(crate) struct Held(
    /// There until this is used up or dropped.
    Option<(Scope<'static>, Arc<Span>)>,
);

/// Why a scope is there where it is asked for.
const HELD: &str = "it is taken only as this is used up";

impl Held {
    pub(crate) fn new(scope: Scope<'static>, span: Arc<Span>) -> Self {
        Self(Some((scope, span)))
    }

    pub(crate) fn scope(&self) -> &Scope<'static> {
        &self.0.as_ref().expect(HELD).0
    }

    fn scope_mut(&mut self) -> &mut Scope<'static> {
        &mut self.0.as_mut().expect(HELD).0
    }

    /// What its enter gave, once.
    pub(crate) fn take_value(&mut self) -> Value {
        self.scope_mut().take_value()
    }

    /// Gives it to who sees to its exit.
    pub(crate) fn into_scope(mut self) -> Scope<'static> {
        self.0.take().expect(HELD).0
    }

    /// The fault of an enter that gave what is no value; see [`Scope::saw`].
    pub(crate) fn saw(&mut self, reason: String) -> Fault {
        self.scope_mut().saw(reason)
    }

    /// Exits, and says which error goes on, as the manager may have it, and what else happened.
    pub(crate) async fn end(self, pending: Option<Raised>) -> Ending {
        self.begin_exit(pending).ending().await
    }

    /// The same as [`Scope::enter_in_vain`], for who may await.
    pub(crate) async fn enter_in_vain(mut self, reason: String) -> Raised {
        let fault = self.saw(reason);
        self.begin_exit(Some(abandoned())).exited().await.in_vain(fault)
    }

    fn begin_exit(mut self, pending: Option<Raised>) -> Exiting {
        let (scope, span) = self.0.take().expect(HELD);
        scope.begin_exit(pending, span)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some((scope, span)) = self.0.take() {
            drop(scope.abandon(span));
        }
    }
}
