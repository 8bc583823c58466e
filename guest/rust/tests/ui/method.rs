use ambit_guest::{Result, Scope, manager};

struct Pool;

impl Pool {
    #[manager]
    async fn connection(&self, scope: Scope) -> Result {
        scope.yields(()).await
    }
}

fn main() {}
