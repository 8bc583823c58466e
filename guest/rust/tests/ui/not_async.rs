use ambit_guest::{Result, Scope, manager};

#[manager]
fn lock(path: String, scope: Scope) -> Result {
    scope.yields(()).await
}

fn main() {}
