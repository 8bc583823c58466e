//! The single steps of the protocol, on a lock file and the drafts and claims beside it.

use std::io;

use crate::folder::{Folder, Found};
use crate::protocol::{Lock, Step};
use crate::record::{Record, State};

impl<F: Folder> Lock<F> {
    /// Gives the file `to` to `own`, by a link of a draft that is written already.
    pub(crate) fn link(&self, own: &Record, to: &str) -> io::Result<()> {
        if self.bare.get() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let draft = self.draft(own);
        match self.folder.create(&draft, &own.text()) {
            // It is ours, and of an attempt before.
            Err(error) if !is_taken(&error) => return Err(error),
            _ => {}
        }
        let linked = self.folder.link(&draft, to);
        let _ = self.folder.remove(&draft);
        linked
    }

    /// From now on without links.
    pub(crate) fn go_bare<E>(
        &self,
        step: Step<'_>,
        leave: impl Fn(Step<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.bare.get() {
            leave(step)?;
            self.bare.set(true);
        }
        Ok(())
    }

    /// Whose a claim is that we have made, or found.
    pub(crate) fn made(&self, made: io::Result<()>, claim: &str, own: &Record) -> io::Result<Made> {
        match made {
            Ok(()) => Ok(Made::Ours),
            Err(error) if is_taken(&error) => Ok(match self.read(claim)? {
                State::Held(record) if record.token == own.token => Made::Ours,
                _ => Made::Another,
            }),
            Err(error) => Err(error),
        }
    }

    /// Acts on the lock while `token` stands in it, as the only one who may: the claim on it is ours.
    pub(crate) fn act(
        &self,
        token: &str,
        claim: &str,
        act: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<Claim> {
        let acted = match self.state() {
            Ok(State::Held(record)) if record.token == token => act().map(|()| Claim::Used),
            Ok(_) => Ok(Claim::Late),
            Err(error) => Err(error),
        };
        // Used, it is gone: who did it saw to that.
        if !matches!(acted, Ok(Claim::Used)) {
            let _ = self.folder.remove(claim);
        }
        acted
    }

    /// Removes the lock, and the claim on it.
    pub(crate) fn remove(&self, claim: &str) -> io::Result<()> {
        self.folder.remove(&self.name)?;
        let _ = self.folder.remove(claim);
        Ok(())
    }

    /// Removes a file that may be gone.
    pub(crate) fn clear(&self, name: &str) -> io::Result<()> {
        match self.folder.remove(name) {
            Err(error) if !is_absent(&error) => Err(error),
            _ => Ok(()),
        }
    }

    /// How the lock is found.
    pub(crate) fn state(&self) -> io::Result<State> {
        self.read(&self.name)
    }

    /// How a file is found, as if it were the lock.
    pub(crate) fn read(&self, name: &str) -> io::Result<State> {
        Ok(match self.folder.read(name)? {
            Found::Nothing => State::Free,
            Found::Text(text) => State::read(&text),
            Found::Other => State::Foreign,
        })
    }

    /// The name of a draft.
    pub(crate) fn draft(&self, own: &Record) -> String {
        format!(".{}.{}", self.name, own.token)
    }

    /// The name of the claim on a lock in which that token stands.
    pub(crate) fn claim(&self, token: &str) -> String {
        format!(".{}.{token}.claim", self.name)
    }
}

/// What came of making a claim.
pub(crate) enum Made {
    Ours,
    /// There was another's, or one whose nobody knows.
    Another,
    /// There is no lock to make it on.
    Gone,
}

/// What came of a claim.
pub(crate) enum Claim {
    Used,
    /// The lock is not that holder's any more.
    Late,
    /// It is another's.
    Another,
}

/// Whether an error says that the name is another's.
pub(crate) fn is_taken(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AlreadyExists
}

/// Whether an error says that nothing bears the name.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}
