//! What a lock leaves for its recovery: [`Left`].

use std::path::PathBuf;
use std::thread::sleep;
use std::time::Instant;

use ambit_guest::grants::require;
use ambit_guest::{Error, Result, kinds};
use ambit_plugin_files::{cannot_be, parent, random};
use serde::{Deserialize, Serialize};

use crate::acquire::{GRACE, file};
use crate::patience::Patience;
use crate::protocol::{Release, Step};
use crate::record::Record;
use crate::{clock, errors};

/// Which files may be those of a scope, from before any of them is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Left {
    /// The lock file.
    pub(crate) path: PathBuf,
    /// The token of this acquisition.
    pub(crate) token: String,
    /// The token of the stale lock that is being taken over.
    pub(crate) claims: Option<String>,
    /// Whether files are made without links.
    pub(crate) bare: bool,
}

impl Left {
    /// What is left as soon as this step is to be done.
    pub(crate) fn at(&self, step: Step<'_>) -> Self {
        Self { claims: step.claims.map(str::to_owned), bare: step.bare, ..self.clone() }
    }
}

/// Releases the lock of a lost scope if it is held by that scope still, and removes what else it left.
///
/// # Errors
/// Somebody is taking the lock over, and does not go on. Whether a file is this scope's cannot be told. The lock is in no directory that
/// was granted. Those of the file system.
pub(crate) fn recover(left: Left) -> Result {
    let Left { path, token, claims, bare } = left;
    // Of what is not granted WASI says that it is not there, which would pass for released.
    require(&path, &parent(&path))?;
    if cannot_be(&path) {
        // It was never taken.
        return Ok(());
    }
    let lock = file(&path)?;
    let own = Record::new("", token, clock::now());
    if !own.is_sound() {
        let kinds = kinds::detailed(kinds::INVALID_ARGUMENT, "state");
        return Err(Error::new(kinds, "this is no checkpoint of `lock`: its token is none"));
    }
    let (mut patience, began) = (Patience::new(GRACE), Instant::now());
    let pause = || patience.pause(began.elapsed(), random()).map(sleep).is_some();
    match lock.recover::<Error>(&own, Step { claims: claims.as_deref(), bare }, pause)? {
        // What was lost is another's by now, or nobody's.
        Release::Released | Release::Lost { .. } => Ok(()),
        Release::Stuck { claim } => {
            Err(errors::stuck(&path).note(errors::claimed(&path, &lock.folder.0.join(claim))))
        }
        Release::Unwritten { file } => Err(errors::unwritten(&path, &lock.folder.0.join(file))),
    }
}
