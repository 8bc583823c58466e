//! Managers, as authors write and test them.

use std::fs;
use std::path::PathBuf;

use ambit_guest::testing::{self, json};
use ambit_guest::{Result, Scope, manager, plugin};

/// A fresh directory, removed with all that is in it.
///
/// More.
#[manager]
async fn tempdir(
    /// What its name begins with.
    #[default("tmp-")]
    prefix: String,
    scope: Scope<PathBuf>,
) -> Result<()> {
    let dir = std::env::temp_dir().join(format!("{prefix}{}", std::process::id()));
    fs::create_dir(&dir)?;
    let body = scope.yields(dir.clone()).await;
    fs::remove_dir_all(&dir)?;
    body
}

plugin!(tempdir);

#[test]
fn the_value_reaches_the_body_and_the_exit_runs() {
    let entered = testing::enter(&tempdir, json!({"prefix": "one-"})).unwrap();
    let dir: PathBuf = entered.value();
    assert!(dir.is_dir());
    entered.exit(Ok(())).unwrap();
    assert!(!dir.exists());
}
