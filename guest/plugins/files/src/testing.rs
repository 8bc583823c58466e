//! Grants in a native test.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

thread_local! {
    static GRANTED: RefCell<Vec<PathBuf>> = RefCell::new(vec!["/".into(), ".".into()]);
}

/// Grants these directories alone, to what runs in this thread: all that is decided by the grants is then decided by these.
pub fn grant<P: AsRef<Path>>(directories: impl IntoIterator<Item = P>) {
    let granted = directories.into_iter().map(|directory| directory.as_ref().to_owned()).collect();
    GRANTED.set(granted);
}

pub(crate) fn granted() -> Vec<PathBuf> {
    GRANTED.with_borrow(Clone::clone)
}
