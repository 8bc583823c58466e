use ambit_guest::{Result, Scope, manager};

#[manager]
async fn lock(
    path: String,
    /// Where it yields.
    #[default(null)]
    scope: Scope,
) -> Result {
    scope.yields(()).await
}

fn main() {}
