use ambit_guest::{Result, Scope, manager};

struct Connection;

#[manager]
async fn pool(scope: Scope<Connection>) -> Result {
    scope.yields(Connection).await
}

fn main() {}
