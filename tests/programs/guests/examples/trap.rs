//! Traps.

use std::hint::black_box;
use std::process::abort;

use ambit_guest::{Result, Scope, manager, plugin};

/// Ahead of its yield.
#[manager]
async fn in_enter(_scope: Scope) -> Result {
    abort()
}

/// After its yield.
#[manager]
async fn in_exit(scope: Scope) -> Result {
    drop(scope.yields(()).await);
    abort()
}

/// Overflows its stack after its yield.
#[manager]
async fn overflows(scope: Scope) -> Result {
    let body = scope.yields(()).await;
    black_box(deep(1));
    body
}

/// Ends its process after its yield, if it had one.
#[manager]
async fn leaves_the_process(scope: Scope) -> Result {
    drop(scope.yields(()).await);
    std::process::exit(7)
}

fn deep(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if frame[0] == 0 { 0 } else { deep(depth + 1) + frame[63] }
}

plugin!(in_enter, in_exit, overflows, leaves_the_process);
