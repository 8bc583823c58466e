use ambit_guest::{Result, Scope, manager, plugin};

#[manager]
async fn lock(scope: Scope) -> Result {
    scope.yields(()).await
}

#[manager(name = "lock")]
async fn other(scope: Scope) -> Result {
    scope.yields(()).await
}

plugin!(lock, other);

fn main() {}
