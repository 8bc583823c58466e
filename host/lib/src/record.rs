//! The terms of a scope as its journal keeps them, so that it can be recovered on the same: [`Record`].

use std::fs::File;
use std::net::SocketAddr;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::isolation::Terms;
use crate::limits::Limits;

/// The rights and limits of a scope.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) rights: Rights,
    pub(crate) limits: Limits,
}

/// What a scope may reach.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Rights {
    pub(crate) directories: Vec<Directory>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) may_look_up: bool,
}

/// A directory that was granted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Directory {
    pub(crate) host: String,
    pub(crate) guest: String,
    pub(crate) writable: bool,
    #[serde(default)]
    pub(crate) identity: Identity,
}

/// What tells a directory from another of the same name: none of it where the system does not say.
///
/// Not the number of its device: that may be another when the machine has started anew. And no birth time alone, where the
/// inode is another: what is made within one tick of the system's clock, some milliseconds, has the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    inode: Option<u64>,
    /// When it was made, since 1970: the number of one that was removed may be given to another.
    made: Option<Duration>,
}

impl Identity {
    /// That of a directory that is open, whatever has its name by now.
    pub(crate) fn of(directory: &File) -> Self {
        let Ok(metadata) = directory.metadata() else { return Self::default() };
        let made = metadata.created().ok().and_then(|made| made.duration_since(UNIX_EPOCH).ok());
        #[cfg(unix)]
        let inode = Some(std::os::unix::fs::MetadataExt::ino(&metadata));
        #[cfg(not(unix))]
        let inode = None;
        Self { inode, made }
    }

    /// Whether both may be the same: nothing that is known of both differs.
    pub(crate) fn may_be(self, other: Self) -> bool {
        fn agree<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
            one.zip(other).is_none_or(|(one, other)| one == other)
        }
        agree(self.inode, other.inode) && agree(self.made, other.made)
    }
}

/// A variable that was granted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// None where it was that of the process, and is again: a secret is not written down.
    pub(crate) value: Option<String>,
}

impl Record {
    /// The terms of a manager; `None` where they cannot be written down, since a directory's name is not UTF-8.
    pub(crate) fn of(terms: &Terms) -> Option<Self> {
        Some(Self { rights: terms.rights.record()?, limits: terms.limits })
    }

    /// What was written down.
    pub(crate) fn read(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    #[cfg(unix)]
    fn directories_of_one_moment_are_not_taken_for_one_another() {
        let folder = tempfile::tempdir().unwrap();
        let made: Vec<_> = (0..100)
            .map(|number| {
                let path = folder.path().join(number.to_string());
                fs::create_dir(&path).unwrap();
                Identity::of(&File::open(path).unwrap())
            })
            .collect();
        for (at, one) in made.iter().enumerate() {
            assert!(one.may_be(*one));
            assert!(made[at + 1..].iter().all(|other| !one.may_be(*other)), "{made:?}");
        }
    }

    #[test]
    fn what_nobody_knows_tells_nothing_apart() {
        let known = Identity { inode: Some(1), made: Some(Duration::from_secs(1)) };
        let unborn = Identity { made: None, ..known };
        assert!(known.may_be(Identity::default()) && known.may_be(unborn));
        assert!(!known.may_be(Identity { inode: Some(2), ..unborn }));
        assert!(!known.may_be(Identity { made: Some(Duration::from_secs(2)), ..known }));
    }
}
