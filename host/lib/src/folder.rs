//! Which folder the cache or the journal is kept in: [`Folder`].

use std::io;
use std::path::PathBuf;

/// Which folder is used.
#[derive(Clone, Debug)]
pub(crate) enum Folder {
    /// The user's own.
    User,
    At(PathBuf),
    /// None at all.
    Nowhere,
}

/// What is kept in a folder.
pub(crate) struct Content {
    /// As errors call the folder.
    pub(crate) name: &'static str,
    /// Where the user has it, if the system has a place for it.
    pub(crate) users: fn() -> Option<PathBuf>,
}

impl Folder {
    /// This one and the user's, which another engine may use: those that are there.
    pub(crate) fn all(&self, content: &Content) -> Vec<PathBuf> {
        let own = match self {
            Self::At(folder) => Some(folder.clone()),
            Self::User | Self::Nowhere => None,
        };
        let folders = own.into_iter().chain((content.users)());
        folders.filter_map(|folder| folder.canonicalize().ok()).collect()
    }

    /// Opens it, whatever that is. An error says why it cannot be used, in one sentence.
    pub(crate) fn open<T>(
        &self,
        content: &Content,
        open: impl FnOnce(PathBuf) -> io::Result<T>,
    ) -> Result<Option<T>, String> {
        let folder = match self {
            Self::Nowhere => return Ok(None),
            Self::At(folder) => folder.clone(),
            Self::User => {
                (content.users)().ok_or_else(|| format!("this user has no place for the {}", content.name))?
            }
        };
        let shown = folder.display().to_string();
        open(folder)
            .map(Some)
            .map_err(|error| format!("the {} `{shown}` cannot be used: {error}", content.name))
    }
}
