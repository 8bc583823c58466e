//! The way to a path: the symbolic links among the directories above it.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

/// The links on the way to a path, with their targets as far as WASI tells them.
///
/// A body can put a link where a directory was, or nothing. Then the path leads elsewhere, where neither its content is to
/// be written nor anything to be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Way(Vec<(PathBuf, Option<PathBuf>)>);

impl Way {
    /// The way as it is now.
    pub(crate) fn to(path: &Path) -> Self {
        let links = path.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty());
        let links = links.filter(|above| fs::symlink_metadata(above).is_ok_and(|it| it.is_symlink()));
        Self(links.map(|link| (link.to_owned(), fs::read_link(link).ok())).collect())
    }

    /// Whether it is still the way to `path`.
    pub(crate) fn check(&self, path: &Path) -> io::Result<()> {
        if Self::to(path) == *self {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "cannot restore `{}`: it leads elsewhere, since a link above it was made or changed while the body ran",
            path.display()
        )))
    }
}
