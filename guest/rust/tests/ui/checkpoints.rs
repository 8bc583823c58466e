use ambit_guest::{Checkpoint, Result, Scope, manager, plugin};

#[manager(recover = release)]
async fn without_checkpoint(path: String, scope: Scope) -> Result {
    release(path)?;
    scope.yields(()).await
}

#[manager]
async fn without_recover(checkpoint: Checkpoint<String>, scope: Scope) -> Result {
    checkpoint.leave(&String::new())?;
    scope.yields(()).await
}

#[manager(recover = release)]
async fn ahead_of_an_argument(checkpoint: Checkpoint<String>, path: String, scope: Scope) -> Result {
    checkpoint.leave(&path)?;
    scope.yields(()).await
}

#[manager(recover = release)]
async fn behind_the_scope(scope: Scope, checkpoint: ambit_guest::Checkpoint<String>) -> Result {
    checkpoint.leave(&String::new())?;
    scope.yields(()).await
}

#[manager(recover = release)]
async fn two(one: Checkpoint<String>, other: Checkpoint<String>, scope: Scope) -> Result {
    one.leave(&String::new())?;
    other.leave(&String::new())?;
    scope.yields(()).await
}

#[manager(recover = release)]
async fn documented(
    /// What is left.
    #[default("")]
    checkpoint: Checkpoint<String>,
    scope: Scope,
) -> Result {
    scope.yields(()).await
}

#[manager(recover = |state: String| release(state))]
async fn by_a_closure(checkpoint: Checkpoint<String>, scope: Scope) -> Result {
    scope.yields(()).await
}

#[manager(recover)]
async fn by_nothing(checkpoint: Checkpoint<String>, scope: Scope) -> Result {
    scope.yields(()).await
}

fn release(state: String) -> Result {
    drop(state);
    Ok(())
}

// Each mistake is reported once.
plugin!(without_checkpoint);

fn main() {}
