use ambit_guest::{Result, Scope, manager};

#[manager]
async fn lock(#[initial("a")] path: String, #[default] wait: u32, #[default()] fair: bool, scope: Scope) -> Result {
    scope.yields(()).await
}

#[manager]
async fn twice(#[default("a")] #[default("b")] path: String, scope: Scope) -> Result {
    scope.yields(()).await
}

fn main() {}
