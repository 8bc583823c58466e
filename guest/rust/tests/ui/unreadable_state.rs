use ambit_guest::{Checkpoint, Result, Scope, manager};

struct Left;

#[manager(recover = release)]
async fn lock(_checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    scope.yields(()).await
}

fn release(left: Left) -> Result {
    drop(left);
    Ok(())
}

fn main() {}
