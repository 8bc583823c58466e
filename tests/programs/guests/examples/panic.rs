//! Panics.

use ambit_guest::{Result, Scope, manager, plugin};

/// Ahead of its yield.
#[manager]
async fn in_enter(message: String, _scope: Scope) -> Result {
    panic!("{message}")
}

/// After its yield.
#[manager]
async fn in_exit(message: String, scope: Scope) -> Result {
    drop(scope.yields(()).await);
    panic!("{message}")
}

plugin!(in_enter, in_exit);
