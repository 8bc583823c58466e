use std::path::PathBuf;

use ambit_guest::{Checkpoint, Result, Scope, manager};

#[manager(recover = release)]
async fn lock(checkpoint: Checkpoint<String>, scope: Scope) -> Result {
    checkpoint.leave(&String::new())?;
    scope.yields(()).await
}

fn release(path: PathBuf) -> Result {
    drop(path);
    Ok(())
}

#[manager(recover = wait_and_release)]
async fn wait(checkpoint: Checkpoint<String>, scope: Scope) -> Result {
    checkpoint.leave(&String::new())?;
    scope.yields(()).await
}

async fn wait_and_release(path: String) -> Result {
    drop(path);
    Ok(())
}

fn main() {}
