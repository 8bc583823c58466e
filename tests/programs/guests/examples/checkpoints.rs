//! Leaves checkpoints, and recovers from them.
//!
//! Who recovers appends a line `MANAGER STATE` to the file `recovered` in the granted directory `.`, before anything else: so a
//! test sees which ran, how often, and from which state.

use std::fs::OpenOptions;
use std::hint::black_box;
use std::io::Write;

use ambit_guest::{Checkpoint, Error, Result, Scope, manager, plugin};
use serde::{Deserialize, Serialize};

/// What is left.
#[derive(Serialize, Deserialize)]
struct Left {
    n: u32,
}

/// Leaves `{"n":1}`, and ends well.
#[manager(recover = recover_leaves)]
async fn leaves(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&Left { n: 1 })?;
    scope.yields(()).await
}

fn recover_leaves(left: Left) -> Result {
    recovered("leaves", &left)
}

/// Leaves `{"n":1}` and then `{"n":2}` ahead of its yield, and `{"n":3}` behind it.
#[manager(recover = recover_leaves_twice)]
async fn leaves_twice(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&Left { n: 1 })?;
    checkpoint.leave(&Left { n: 2 })?;
    let body = scope.yields(()).await;
    checkpoint.leave(&Left { n: 3 })?;
    body
}

fn recover_leaves_twice(left: Left) -> Result {
    recovered("leaves_twice", &left)
}

/// Leaves `{"n":1}`, and fails ahead of its yield.
#[manager(recover = recover_leaves_then_raises)]
async fn leaves_then_raises(checkpoint: Checkpoint<Left>, _scope: Scope) -> Result {
    checkpoint.leave(&Left { n: 1 })?;
    Err(Error::new("checkpoints:raised", "it was left, and nothing is held"))
}

fn recover_leaves_then_raises(left: Left) -> Result {
    recovered("leaves_then_raises", &left)
}

/// Leaves `{"n":1}`, and fails behind its yield.
#[manager(recover = recover_raises_in_exit)]
async fn raises_in_exit(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&Left { n: 1 })?;
    drop(scope.yields(()).await);
    Err(Error::new("checkpoints:raised", "it came to its end"))
}

fn recover_raises_in_exit(left: Left) -> Result {
    recovered("raises_in_exit", &left)
}

/// Leaves `{"n":1}`, and traps ahead of its yield.
#[manager(recover = recover_traps_in_enter)]
async fn traps_in_enter(checkpoint: Checkpoint<Left>, _scope: Scope) -> Result {
    checkpoint.leave(&Left { n: 1 })?;
    std::process::abort()
}

fn recover_traps_in_enter(left: Left) -> Result {
    recovered("traps_in_enter", &left)
}

/// Leaves `{"n":1}`, and after its yield `{"n":2}`; then it traps.
#[manager(recover = recover_traps_in_exit)]
async fn traps_in_exit(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&Left { n: 1 })?;
    drop(scope.yields(()).await);
    checkpoint.leave(&Left { n: 2 })?;
    std::process::abort()
}

fn recover_traps_in_exit(left: Left) -> Result {
    recovered("traps_in_exit", &left)
}

/// Leaves `{"n":1}`, and does not come back from its enter.
#[manager(recover = recover_loops_in_enter)]
async fn loops_in_enter(checkpoint: Checkpoint<Left>, _scope: Scope) -> Result {
    checkpoint.leave(&Left { n: 1 })?;
    forever()
}

fn recover_loops_in_enter(left: Left) -> Result {
    recovered("loops_in_enter", &left)
}

/// Leaves `{"n":1}`, and does not come back from its exit.
#[manager(recover = recover_loops_in_exit)]
async fn loops_in_exit(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&Left { n: 1 })?;
    drop(scope.yields(()).await);
    forever()
}

fn recover_loops_in_exit(left: Left) -> Result {
    recovered("loops_in_exit", &left)
}

/// Leaves `{"n":1}`, and traps in its exit. Its recovery fails, unless there is a file `mended` in `.`.
#[manager(recover = fails)]
async fn recover_raises(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&Left { n: 1 })?;
    drop(scope.yields(()).await);
    std::process::abort()
}

fn fails(left: Left) -> Result {
    recovered("recover_raises", &left)?;
    if std::fs::exists("mended")? {
        return Ok(());
    }
    Err(Error::new("checkpoints:stuck", "it cannot be released").note("the file `mended` helps"))
}

/// Leaves `{"n":1}`, and traps in its exit. So does its recovery.
#[manager(recover = traps)]
async fn recover_traps(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&Left { n: 1 })?;
    drop(scope.yields(()).await);
    std::process::abort()
}

fn traps(left: Left) -> Result {
    recovered("recover_traps", &left)?;
    std::process::abort()
}

/// Leaves `{"n":1}`, and traps in its exit. Its recovery does not come back.
#[manager(recover = loops)]
async fn recover_loops(checkpoint: Checkpoint<Left>, scope: Scope) -> Result {
    checkpoint.leave(&Left { n: 1 })?;
    drop(scope.yields(()).await);
    std::process::abort()
}

fn loops(left: Left) -> Result {
    recovered("recover_loops", &left)?;
    forever()
}

/// Leaves `{"n":1}`, and then a checkpoint of so many bytes.
#[manager(recover = recover_leaves_much)]
async fn leaves_much(bytes: usize, checkpoint: Checkpoint<Much>, scope: Scope) -> Result {
    checkpoint.leave(&Much::Little { n: 1 })?;
    // The quotes are bytes too.
    checkpoint.leave(&Much::Much("a".repeat(bytes.saturating_sub(2))))?;
    scope.yields(()).await
}

/// What it leaves.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Much {
    Little { n: u32 },
    Much(String),
}

fn recover_leaves_much(left: Much) -> Result {
    match left {
        Much::Little { n } => recovered("leaves_much", &Left { n }),
        Much::Much(text) => append(&format!("leaves_much {} bytes", text.len() + 2)),
    }
}

/// Leaves nothing, and traps in its exit: it has no recovery.
#[manager]
async fn leaves_nothing(scope: Scope) -> Result {
    drop(scope.yields(()).await);
    std::process::abort()
}

fn recovered(manager: &str, left: &Left) -> Result {
    append(&format!(r#"{manager} {{"n":{}}}"#, left.n))
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
    leaves_then_raises,
    raises_in_exit,
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
