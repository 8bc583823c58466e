use ambit_guest::{Result, Scope, manager};

#[manager]
async fn one<T>(of: T, scope: Scope) -> Result {
    scope.yields(()).await
}

#[manager]
async fn other(of: impl Into<String>, scope: Scope) -> Result {
    scope.yields(()).await
}

#[manager]
async fn third(scope: Scope) -> Result
where
    String: Clone,
{
    scope.yields(()).await
}

fn main() {}
