//! Breaks the contract as an author can who uses the SDK.

use std::future::pending;

use ambit_guest::{Result, Scope, manager, plugin};

/// Ends without a yield.
#[manager]
async fn never_yields(_scope: Scope) -> Result {
    Ok(())
}

/// Awaits something else ahead of its yield.
#[manager]
async fn awaits_before(scope: Scope) -> Result {
    pending::<()>().await;
    scope.yields(()).await
}

/// Awaits something else after its yield.
#[manager]
async fn awaits_after(scope: Scope) -> Result {
    let body = scope.yields(()).await;
    pending::<()>().await;
    body
}

plugin!(never_yields, awaits_before, awaits_after);
