//! Leaves checkpoints, and recovers from them.
//!
//! Who recovers appends a line `MANAGER NUMBER` to the file `recovered` in the granted directory `.`, before anything else: so a
//! test sees which ran, how often, and from which checkpoint.

use std::fs::OpenOptions;
use std::hint::black_box;
use std::io::Write;

use ambit_guest::{Checkpoint, Error, Result, Scope, manager, plugin};
use serde::{Deserialize, Serialize};

/// What is left: by whom, and as which of its checkpoints.
#[derive(Serialize, Deserialize)]
struct Left {
    by: String,
    n: u32,
}

fn left(by: &str, n: u32) -> Left {
    Left { by: by.to_owned(), n }
}

/// Leaves 1, and ends well.
#[manager(recover = recovered)]
async fn leaves(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&left("leaves", 1))?;
    scope.yields(()).await
}

/// Leaves 1 and then 2 ahead of its yield, and 3 behind it.
#[manager(recover = recovered)]
async fn leaves_twice(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&left("leaves_twice", 1))?;
    checkpoint.leave(&left("leaves_twice", 2))?;
    let body = scope.yields(()).await;
    checkpoint.leave(&left("leaves_twice", 3))?;
    body
}

/// Leaves 1, and suppresses what the body failed with.
#[manager(recover = recovered)]
async fn leaves_and_suppresses(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&left("leaves_and_suppresses", 1))?;
    drop(scope.yields(()).await);
    Ok(())
}

/// Fails ahead of its yield, and leaves nothing.
#[manager(recover = recovered)]
async fn only_raises(_checkpoint: Checkpoint<Left>, _scope: Scope) -> Result {
    Err(Error::new("checkpoints:raised", "nothing was left"))
}

/// Leaves 1, and fails ahead of its yield.
#[manager(recover = recovered)]
async fn leaves_then_raises(checkpoint: Checkpoint<Left>, _scope: Scope) -> Result {
    checkpoint.leave(&left("leaves_then_raises", 1))?;
    Err(Error::new("checkpoints:raised", "it cannot be acquired"))
}

/// Leaves 1, and fails behind its yield.
#[manager(recover = recovered)]
async fn raises_in_exit(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&left("raises_in_exit", 1))?;
    drop(scope.yields(()).await);
    Err(Error::new("checkpoints:raised", "it cannot be removed"))
}

/// Leaves 1, and traps ahead of its yield.
#[manager(recover = recovered)]
async fn traps_in_enter(checkpoint: Checkpoint<Left>, _scope: Scope) -> Result {
    checkpoint.leave(&left("traps_in_enter", 1))?;
    std::process::abort()
}

/// Leaves 1, and after its yield 2; then it traps.
#[manager(recover = recovered)]
async fn traps_in_exit(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&left("traps_in_exit", 1))?;
    drop(scope.yields(()).await);
    checkpoint.leave(&left("traps_in_exit", 2))?;
    std::process::abort()
}

/// Leaves 1, and does not come back from its enter.
#[manager(recover = recovered)]
async fn loops_in_enter(checkpoint: Checkpoint<Left>, _scope: Scope) -> Result {
    checkpoint.leave(&left("loops_in_enter", 1))?;
    forever()
}

/// Leaves 1, and does not come back from its exit.
#[manager(recover = recovered)]
async fn loops_in_exit(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&left("loops_in_exit", 1))?;
    drop(scope.yields(()).await);
    forever()
}

/// Leaves 1, and traps in its exit. Its recovery fails, unless there is a file `mended` in `.`.
#[manager(recover = fails)]
async fn recover_raises(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&left("recover_raises", 1))?;
    drop(scope.yields(()).await);
    std::process::abort()
}

fn fails(left: Left) -> Result {
    recovered(left)?;
    if std::fs::exists("mended")? {
        return Ok(());
    }
    Err(Error::new("checkpoints:stuck", "it cannot be released").note("the file `mended` helps"))
}

/// Leaves 1, and fails ahead of its yield. Its recovery is that of `recover_raises`.
#[manager(recover = fails)]
async fn leaves_then_raises_for_good(checkpoint: Checkpoint<Left>, _scope: Scope) -> Result {
    checkpoint.leave(&left("leaves_then_raises_for_good", 1))?;
    Err(Error::new("checkpoints:raised", "it cannot be acquired"))
}

/// Leaves 1, and fails behind its yield. Its recovery is that of `recover_raises`.
#[manager(recover = fails)]
async fn raises_in_exit_for_good(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&left("raises_in_exit_for_good", 1))?;
    drop(scope.yields(()).await);
    Err(Error::new("checkpoints:raised", "it cannot be removed"))
}

/// Leaves 1, and traps in its exit. So does its recovery.
#[manager(recover = traps)]
async fn recover_traps(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&left("recover_traps", 1))?;
    drop(scope.yields(()).await);
    std::process::abort()
}

fn traps(left: Left) -> Result {
    recovered(left)?;
    std::process::abort()
}

/// Leaves 1, and traps in its exit. Its recovery does not come back.
#[manager(recover = loops)]
async fn recover_loops(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&left("recover_loops", 1))?;
    drop(scope.yields(()).await);
    std::process::abort()
}

fn loops(left: Left) -> Result {
    recovered(left)?;
    forever()
}

/// Leaves 1, and then a checkpoint of so many bytes.
#[manager(recover = recover_leaves_much)]
async fn leaves_much(bytes: usize, checkpoint: Checkpoint<Much>, scope: Scope) -> Result {
    checkpoint.leave(&Much::Little(left("leaves_much", 1)))?;
    // The quotes are bytes too.
    checkpoint.leave(&Much::Much("a".repeat(bytes.saturating_sub(2))))?;
    scope.yields(()).await
}

/// What it leaves.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Much {
    Little(Left),
    Much(String),
}

fn recover_leaves_much(left: Much) -> Result {
    match left {
        Much::Little(left) => recovered(left),
        Much::Much(text) => append(&format!("leaves_much {} bytes", text.len() + 2)),
    }
}

/// Leaves nothing, and traps in its exit: it has no recovery.
#[manager]
async fn leaves_nothing(scope: Scope) -> Result {
    drop(scope.yields(()).await);
    std::process::abort()
}

/// The recovery of most.
fn recovered(Left { by, n }: Left) -> Result {
    append(&format!("{by} {n}"))
}

fn append(line: &str) -> Result {
    // One write, so that lines of several processes stay whole.
    let line = format!("{line}\n");
    Ok(OpenOptions::new().create(true).append(true).open("recovered")?.write_all(line.as_bytes())?)
}

fn forever() -> ! {
    loop {
        black_box(());
    }
}

plugin!(
    leaves,
    leaves_twice,
    leaves_and_suppresses,
    only_raises,
    leaves_then_raises,
    leaves_then_raises_for_good,
    raises_in_exit,
    raises_in_exit_for_good,
    traps_in_enter,
    traps_in_exit,
    loops_in_enter,
    loops_in_exit,
    recover_raises,
    recover_traps,
    recover_loops,
    leaves_much,
    leaves_nothing
);
