//! A lock from its acquisition to its release.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ambit_guest::grants::require;
use ambit_guest::{Checkpoint, Error, Result, kinds, phase};
use ambit_plugin_files::{clean, fresh, parent, random};
use serde::Serialize;

use crate::folder::Disk;
use crate::left::Left;
use crate::patience::Patience;
use crate::protocol::{Attempt, Lock, Release, Step};
use crate::record::Record;
use crate::{clock, errors};

/// What the body gets.
#[derive(Debug, Serialize)]
pub(crate) struct Value {
    path: PathBuf,
    token: String,
    taken_from: Option<From>,
}

/// Whose stale lock it was.
#[derive(Debug, Serialize)]
struct From {
    holder: String,
    since: String,
}

/// A lock that is ours. Dropped, it is released as far as that goes: a scope that is given up says nothing.
#[derive(Debug)]
pub(crate) struct Acquired {
    path: PathBuf,
    lock: Lock<Disk>,
    own: Record,
    from: Option<Record>,
    left: Left,
    checkpoint: Checkpoint<Left>,
    released: bool,
}

/// Takes the lock, waiting for it as long as that.
///
/// # Errors
/// Another holds it, also where the body was cancelled meanwhile; the path is no lock file, or in no directory that was granted; those of the file system.
pub(crate) fn acquire(
    path: &Path,
    wait: Duration,
    stale_after: Option<Duration>,
    holder: String,
    checkpoint: Checkpoint<Left>,
) -> Result<Acquired> {
    let path = clean("path", path)?;
    require(&path, &parent(&path))?;
    let lock = file(&path)?;
    let (began, mut patience) = (Instant::now(), Patience::new(wait));
    let left = Left { path: path.clone(), token: fresh(), claims: None, bare: false };
    checkpoint.leave(&left)?;
    loop {
        let now = clock::now();
        let own = Record::new(&holder, left.token.clone(), now);
        let stale = |held: &Record| stale_after.is_some_and(|after| held.age(now) >= after);
        let (by, claim) = match lock.attempt(&own, stale, |step| checkpoint.leave(&left.at(step)))? {
            Attempt::Taken { from } => {
                return Ok(Acquired { path, lock, own, from, left, checkpoint, released: false });
            }
            Attempt::Foreign => return Err(errors::foreign(&path)),
            Attempt::Held { by, claim } => (by, claim),
        };
        if phase::is_cancelled() {
            return Err(errors::given_up(&path, by.as_ref()));
        }
        match patience.pause(began.elapsed(), random()) {
            Some(pause) => sleep(pause),
            None => {
                let error = errors::held(&path, by.as_ref(), !wait.is_zero());
                return Err(match claim {
                    Some(claim) => error.note(errors::claimed(&path, &lock.folder.0.join(claim))),
                    None => error,
                });
            }
        }
    }
}

/// How many bytes the name of a lock file may have, so that the name of a claim on it has no more than systems allow: 255.
const LONGEST: usize = 230;

/// The lock file of that path: the last part of it is what other names are made from.
pub(crate) fn file(path: &Path) -> Result<Lock<Disk>> {
    match path.file_name().and_then(|name| name.to_str()) {
        Some(name) if name.len() > LONGEST => {
            let message = format!(
                "argument `path`: the name of `{}` has {} bytes, and may have {LONGEST}: files beside it have longer names",
                path.display(),
                name.len()
            );
            Err(Error::new(kinds::detailed(kinds::INVALID_ARGUMENT, "path"), message))
        }
        Some(name) => Ok(Lock::new(Disk(parent(path)), name.to_owned())),
        None => {
            let message = format!("argument `path`: `{}` is a directory, not a file in one", path.display());
            Err(Error::new(kinds::detailed(kinds::INVALID_ARGUMENT, "path"), message))
        }
    }
}

impl Acquired {
    pub(crate) fn value(&self) -> Value {
        let from = self.from.clone();
        Value {
            path: self.path.clone(),
            token: self.own.token.clone(),
            taken_from: from.map(|Record { holder, since, .. }| From { holder, since }),
        }
    }

    /// Releases it.
    ///
    /// # Errors
    /// It was not ours any more. Those of the file system.
    pub(crate) fn release(mut self) -> Result {
        self.release_once()
    }

    fn release_once(&mut self) -> Result {
        self.released = true;
        let mut patience = Patience::new(GRACE);
        let began = Instant::now();
        let pause = || patience.pause(began.elapsed(), random()).map(sleep).is_some();
        let leave = |step: Step<'_>| self.checkpoint.leave(&self.left.at(step));
        match self.lock.release::<Error>(&self.own, leave, pause)? {
            Release::Released => Ok(()),
            Release::Lost { to } => Err(errors::lost(&self.path, to.as_ref())),
            Release::Stuck { claim } => {
                Err(errors::stuck(&self.path)
                    .note(errors::claimed(&self.path, &self.lock.folder.0.join(claim))))
            }
            Release::Unwritten { file } => Err(errors::unwritten(&self.path, &self.lock.folder.0.join(file))),
        }
    }
}

/// How long somebody is given who is taking the lock over at the moment of its release.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

impl Drop for Acquired {
    fn drop(&mut self) {
        if !self.released {
            let _ = self.release_once();
        }
    }
}
