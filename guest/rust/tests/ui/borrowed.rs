use ambit_guest::{Result, Scope, manager};

#[manager]
async fn lock(path: &str, scope: Scope) -> Result {
    scope.yields(()).await
}

fn main() {}
