use ambit_guest::{Result, Scope, manager};

#[manager]
async unsafe extern "C" fn lock(scope: Scope) -> Result {
    scope.yields(()).await
}

fn main() {}
