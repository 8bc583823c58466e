use ambit_guest::{Result, Scope, manager};

#[manager]
async fn twice(scope: Scope<u32>) -> Result {
    scope.yields(1).await?;
    scope.yields(2).await
}

fn main() {}
