//! Tells stores apart: gives how many scopes its instance has entered.

use std::process::abort;
use std::sync::atomic::{AtomicU32, Ordering};

use ambit_guest::{Result, Scope, manager, plugin};

static ENTERED: AtomicU32 = AtomicU32::new(0);

/// The number of the scope in its instance, from 1 on.
#[manager]
async fn counts(
    /// Whether it traps in its exit.
    #[default(false)]
    trap: bool,
    /// Whether it says something in its exit.
    #[default(false)]
    say: bool,
    scope: Scope<u32>,
) -> Result {
    let body = scope.yields(ENTERED.fetch_add(1, Ordering::Relaxed) + 1).await;
    if trap {
        abort();
    }
    if say {
        println!("exit");
    }
    body
}

plugin!(counts);
