//! Writes on stdout and stderr.

use ambit_guest::{Result, Scope, manager, plugin};

/// Says on each when it enters and when it exits.
#[manager]
async fn says(scope: Scope) -> Result {
    println!("enter, on stdout");
    eprintln!("enter, on stderr");
    let body = scope.yields(()).await;
    println!("exit, on stdout");
    eprintln!("exit, on stderr");
    body
}

/// Writes so many lines of 100 bytes on stderr.
#[manager]
async fn floods(lines: usize, scope: Scope) -> Result {
    let line = "x".repeat(99);
    for _ in 0..lines {
        eprintln!("{line}");
    }
    scope.yields(()).await
}

plugin!(says, floods);
