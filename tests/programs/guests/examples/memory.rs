//! Asks for memory until it gets no more.

use std::hint::black_box;

use ambit_guest::{Result, Scope, manager, plugin};

/// Ahead of its yield.
#[manager]
async fn in_enter(_scope: Scope) -> Result {
    eat()
}

/// After its yield.
#[manager]
async fn in_exit(scope: Scope) -> Result {
    drop(scope.yields(()).await);
    eat()
}

/// Takes so many bytes, and gives them back at its end.
#[manager]
async fn takes(bytes: usize, scope: Scope) -> Result {
    let taken = black_box(vec![1_u8; bytes]);
    let body = scope.yields(()).await;
    drop(taken);
    body
}

/// Takes so many bytes, and never gives them back.
#[manager]
async fn leaks(bytes: usize, scope: Scope) -> Result {
    std::mem::forget(black_box(vec![1_u8; bytes]));
    scope.yields(()).await
}

fn eat() -> ! {
    let mut eaten = Vec::new();
    loop {
        eaten.push(black_box(vec![1_u8; 1 << 20]));
    }
}

plugin!(in_enter, in_exit, takes, leaks);
