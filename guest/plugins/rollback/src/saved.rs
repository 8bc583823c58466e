//! What a path was when it was saved.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// All that was at a path: by paths relative to it, itself the empty one. A directory stands ahead of what is in it.
/// Empty, if nothing was there.
pub(crate) type Saved = BTreeMap<PathBuf, Entry>;

/// What bore a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Entry {
    Directory {
        #[serde(serialize_with = "write", deserialize_with = "read")]
        modified: Option<SystemTime>,
    },
    File {
        #[serde(serialize_with = "write", deserialize_with = "read")]
        modified: Option<SystemTime>,
        length: u64,
    },
    /// A symbolic link, a pipe, a socket, a device. Of a link the target, if WASI tells it.
    Other { target: Option<PathBuf> },
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

/// Seconds and nanoseconds since 1970. A time before that cannot be set by a plugin.
fn write<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.map(|since| (since.as_secs(), since.subsec_nanos())).serialize(serializer)
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    let since: Option<(u64, u32)> = Option::deserialize(deserializer)?;
    Ok(since.and_then(|(seconds, nanos)| {
        SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanos % 1_000_000_000))
    }))
}

/// Whether an error about a path says that nothing is there.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
