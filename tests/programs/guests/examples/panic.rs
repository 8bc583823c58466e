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

/// As its scope is dropped at the yield; its exit does not panic.
#[manager]
async fn in_drop(message: String, scope: Scope) -> Result {
    struct Guard(String);
    impl Drop for Guard {
        fn drop(&mut self) {
            panic!("{}", self.0)
        }
    }
    let guard = Guard(message);
    let body = scope.yields(()).await;
    std::mem::forget(guard);
    body
}

plugin!(in_enter, in_exit, in_drop);
