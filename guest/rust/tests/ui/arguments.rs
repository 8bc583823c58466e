use ambit_guest::{Result, Scope, manager};

#[manager(rename = "a")]
async fn one(scope: Scope) -> Result {
    scope.yields(()).await
}

#[manager(name = 5)]
async fn two(scope: Scope) -> Result {
    scope.yields(()).await
}

#[manager(name = "")]
async fn three(scope: Scope) -> Result {
    scope.yields(()).await
}

#[manager(name)]
async fn four(scope: Scope) -> Result {
    scope.yields(()).await
}

#[manager]
struct Five;

fn main() {}
