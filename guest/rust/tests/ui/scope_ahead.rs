use ambit_guest::{Result, Scope, manager};

#[manager]
async fn lock(scope: Scope, path: String) -> Result {
    scope.yields(()).await
}

fn main() {}
