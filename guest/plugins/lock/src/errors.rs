//! What can be wrong with a lock.

use std::path::Path;

use ambit_guest::{Error, kinds};

use crate::clock;
use crate::record::Record;

/// Another holds it.
pub(crate) fn held(path: &Path, by: Option<&Record>, waited: bool) -> Error {
    still_held(path, by, waited.then_some(kinds::TIMED_OUT))
}

/// Another holds it, and nobody needs it any more.
pub(crate) fn given_up(path: &Path, by: Option<&Record>) -> Error {
    still_held(path, by, Some(kinds::INTERRUPTED))
}

fn still_held(path: &Path, by: Option<&Record>, why: Option<&str>) -> Error {
    let path = path.display();
    let message = match by {
        Some(record) => format!("`{path}` is held {}", record.describe(clock::now())),
        None => format!("`{path}` is held by somebody who has not written down who, or died ahead of that"),
    };
    let kinds = ["rust:ambit_lock::Held", "lock:held", "lock"].into_iter();
    Error::new(kinds.chain(why).collect::<Vec<_>>(), message)
}

/// It is to be taken over, and who began to do so, or to release it, does not go on.
pub(crate) fn claimed(path: &Path, claim: &Path) -> String {
    format!(
        "`{}` was left by somebody who died while taking the lock over or releasing it, unless that is going on just \
         now: remove it and `{}`",
        claim.display(),
        path.display()
    )
}

/// Something else bears its name.
pub(crate) fn foreign(path: &Path) -> Error {
    let kinds = ["rust:ambit_lock::Foreign", "lock:foreign", "lock", kinds::ALREADY_EXISTS];
    Error::new(kinds, format!("`{}` is there and is no lock file: it is left as it is", path.display()))
}

/// It was not ours any more when the body ended.
pub(crate) fn lost(path: &Path, to: Option<&Record>) -> Error {
    let path = path.display();
    let message = match to {
        Some(record) => {
            format!(
                "the lock `{path}` was lost while the body ran: it is held {}",
                record.describe(clock::now())
            )
        }
        None => format!(
            "the lock `{path}` was lost while the body ran: it was removed, or taken over and released"
        ),
    };
    Error::new(["rust:ambit_lock::Lost", "lock:lost", "lock"], message)
}

/// Whether a file in which nothing stands was that of a scope that died, nobody can tell.
pub(crate) fn unwritten(path: &Path, file: &Path) -> Error {
    let file = file.display();
    let message = format!(
        "nothing stands in `{file}`: it was left by somebody who died while making it, as the scope did that held \
         `{}`, or somebody is about to write into it",
        path.display()
    );
    let error = Error::new(["rust:ambit_lock::Unwritten", "lock:unwritten", "lock"], message);
    error.note(format!("remove `{file}` unless that is going on just now"))
}

/// It is still ours, and cannot be released: somebody began to take it over.
pub(crate) fn stuck(path: &Path) -> Error {
    let message = format!("the lock `{}` was not released: it is being taken over", path.display());
    Error::new(["rust:ambit_lock::Lost", "lock:lost", "lock"], message)
}
