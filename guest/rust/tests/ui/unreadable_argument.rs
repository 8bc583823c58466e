use ambit_guest::{Result, Scope, manager};

struct Settings;

#[manager]
async fn lock(settings: Settings, scope: Scope) -> Result {
    drop(settings);
    scope.yields(()).await
}

fn main() {}
