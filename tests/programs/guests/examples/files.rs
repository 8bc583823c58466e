//! Asks the system for what it may never give: the other end of a pipe.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ambit_guest::{Checkpoint, Result, Scope, manager, plugin};

/// Opens a file for reading ahead of its yield, and then makes another one.
#[manager]
async fn reads_in_enter(path: PathBuf, then: PathBuf, scope: Scope) -> Result {
    open(&path, &then)?;
    scope.yields(()).await
}

/// Opens a file for reading behind its yield, and then makes another one.
#[manager]
async fn reads_in_exit(path: PathBuf, then: PathBuf, scope: Scope) -> Result {
    let body = scope.yields(()).await;
    open(&path, &then)?;
    body
}

fn open(path: &Path, then: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    // Not in the same breath: a guest whose time is over ends at the next loop or function.
    for _ in 0..std::hint::black_box(3) {
        std::hint::black_box(&file);
    }
    File::create(then)?;
    Ok(())
}

/// Leaves the name of a file, and opens another one behind its yield.
#[manager(recover = makes)]
async fn leaves(path: PathBuf, then: PathBuf, checkpoint: Checkpoint<PathBuf>, scope: Scope) -> Result {
    checkpoint.leave(&then)?;
    let body = scope.yields(()).await;
    File::open(path)?;
    body
}

/// Makes the file.
fn makes(then: PathBuf) -> Result {
    File::create(then)?;
    Ok(())
}

/// Leaves the name of a file, and traps; its recovery opens that.
#[manager(recover = opens)]
async fn recovers_in_vain(path: PathBuf, checkpoint: Checkpoint<PathBuf>, _scope: Scope) -> Result {
    checkpoint.leave(&path)?;
    std::process::abort()
}

fn opens(path: PathBuf) -> Result {
    File::open(path)?;
    Ok(())
}

/// Opens a file for writing ahead of its yield.
#[manager]
async fn writes_in_enter(path: PathBuf, scope: Scope) -> Result {
    OpenOptions::new().write(true).open(path)?;
    scope.yields(()).await
}

/// Opens a file for writing behind its yield.
#[manager]
async fn writes_in_exit(path: PathBuf, scope: Scope) -> Result {
    let body = scope.yields(()).await;
    OpenOptions::new().write(true).open(path)?;
    body
}

/// Opens a file, and writes a mebibyte into it.
#[manager]
async fn fills(path: PathBuf, scope: Scope) -> Result {
    OpenOptions::new().write(true).open(path)?.write_all(&vec![0; 1 << 20])?;
    scope.yields(()).await
}

/// Opens a file, and gives what it holds.
#[manager]
async fn drains(path: PathBuf, scope: Scope<String>) -> Result {
    scope.yields(io::read_to_string(File::open(path)?)?).await
}

/// Gives what its stdin holds.
#[manager]
async fn reads_stdin(scope: Scope<String>) -> Result {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    scope.yields(text).await
}

plugin!(
    reads_in_enter,
    reads_in_exit,
    leaves,
    recovers_in_vain,
    writes_in_enter,
    writes_in_exit,
    fills,
    drains,
    reads_stdin
);
