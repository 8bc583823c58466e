//! What a path was when it was saved.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

/// All that was at a path: by paths relative to it, itself the empty one. A directory stands ahead of what is in it.
/// Empty, if nothing was there.
pub(crate) type Saved = BTreeMap<PathBuf, Entry>;

/// What bore a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Directory {
        modified: Option<SystemTime>,
    },
    File {
        modified: Option<SystemTime>,
        length: u64,
    },
    /// A symbolic link, a pipe, a socket, a device. Of a link the target, if WASI tells it.
    Other {
        target: Option<PathBuf>,
    },
}

impl Entry {
    /// What there is now; the target of a link is left open.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok();
        if metadata.is_dir() {
            Self::Directory { modified }
        } else if metadata.is_file() {
            Self::File { modified, length: metadata.len() }
        } else {
            Self::Other { target: None }
        }
    }

    pub(crate) fn is_directory(&self) -> bool {
        matches!(self, Self::Directory { .. })
    }
}

/// Whether an error about a path says that nothing is there.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
