//! Who may hold a lock: the steps by which it is taken, taken over and released.
//!
//! The lock is a file with a fixed name, NAME, in which a [`Record`] stands with a *token* that names one acquisition.
//! - It is taken by a hard link from a file that is written already, so that it appears at once and whole, and for one alone.
//! - **While the token T stands in the lock, it is changed by nobody but who made the file `.NAME.T.claim`.** That file is
//!   made exclusively; whoever made it reads the lock once more, and acts only if T still stands there. It goes away only
//!   once T is gone from the lock, and T never comes back: so two can not both have made it and found T.
//! - Taking over writes the new record into the claim and renames it to NAME: claim and lock change in one step.
//! - Releasing makes the claim too, so that it removes no lock that was taken over meanwhile.

use std::io;

use crate::folder::{Folder, Found};
use crate::record::{Record, State};

/// A lock file.
#[derive(Debug)]
pub(crate) struct Lock<F> {
    pub(crate) folder: F,
    pub(crate) name: String,
}

/// How an attempt to take the lock ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// It is ours; before, it was held by a stale record.
    Taken { from: Option<Record> },
    /// It is another's: of whom, if that is known. With `claim`, somebody is taking it over, or died while doing so.
    Held { by: Option<Record>, claim: Option<String> },
    /// What bears its name is no lock file.
    Foreign,
}

/// How a release ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Release {
    Released,
    /// It was another's, or nobody's.
    Lost {
        to: Option<Record>,
    },
    /// Somebody claimed it, did not take it, and did not go away.
    Stuck {
        claim: String,
    },
}

impl<F: Folder> Lock<F> {
    /// Tries once to take the lock.
    pub(crate) fn attempt(&self, own: &Record, stale: impl Fn(&Record) -> bool) -> io::Result<Attempt> {
        // Each round but the last, somebody else got on.
        loop {
            let held = match self.state()? {
                State::Free if self.publish(own)? => return Ok(Attempt::Taken { from: None }),
                State::Free => continue,
                State::Unwritten => return Ok(Attempt::Held { by: None, claim: None }),
                State::Foreign => return Ok(Attempt::Foreign),
                State::Held(record) => record,
            };
            if held.token == own.token {
                // A network file system may answer that a link failed that was made.
                return Ok(Attempt::Taken { from: None });
            }
            if !stale(&held) {
                return Ok(Attempt::Held { by: Some(held), claim: None });
            }
            match self.take_over(own, &held)? {
                Claim::Used => return Ok(Attempt::Taken { from: Some(held) }),
                Claim::Late => {}
                Claim::Another => {
                    let claim = self.claim(&held);
                    return Ok(Attempt::Held { by: Some(held), claim: Some(claim) });
                }
            }
        }
    }

    /// Releases the lock. `pause` waits a little for somebody who is at it, and says whether to go on.
    pub(crate) fn release(&self, own: &Record, mut pause: impl FnMut() -> bool) -> io::Result<Release> {
        loop {
            let removed = self.with_claim(own, "", |claim| {
                self.folder.remove(&self.name)?;
                let _ = self.folder.remove(claim);
                Ok(())
            });
            match removed {
                Ok(Claim::Used) => return Ok(Release::Released),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                // The folder is gone, and the lock with it.
                Err(_) => return Ok(Release::Lost { to: None }),
                Ok(Claim::Late | Claim::Another) => {}
            }
            match self.state()? {
                State::Held(record) if record.token == own.token => {}
                State::Held(record) => return Ok(Release::Lost { to: Some(record) }),
                State::Free | State::Unwritten | State::Foreign => return Ok(Release::Lost { to: None }),
            }
            if !pause() {
                return Ok(Release::Stuck { claim: self.claim(own) });
            }
        }
    }

    /// Makes the lock file, if there is none.
    fn publish(&self, own: &Record) -> io::Result<bool> {
        let draft = format!(".{}.{}", self.name, own.token);
        let drafted = self.folder.create(&draft, &own.text());
        let linked = drafted.and_then(|()| {
            let linked = self.folder.link(&draft, &self.name);
            let _ = self.folder.remove(&draft);
            linked
        });
        let made = match linked {
            // Not every file system has links. Without, the lock is there a moment before the record stands in it. Where it is
            // another problem, this meets it too, and names the lock in it.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                self.folder.create(&self.name, &own.text())
            }
            linked => linked,
        };
        match made {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn take_over(&self, own: &Record, held: &Record) -> io::Result<Claim> {
        self.with_claim(held, &own.text(), |claim| self.folder.rename(claim, &self.name))
    }

    /// Acts on the lock while it is `held`'s, as the only one who may.
    fn with_claim(
        &self,
        held: &Record,
        text: &str,
        act: impl FnOnce(&str) -> io::Result<()>,
    ) -> io::Result<Claim> {
        let claim = self.claim(held);
        match self.folder.create(&claim, text) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(Claim::Another),
            Err(error) => return Err(error),
        }
        let acted = match self.state() {
            Ok(State::Held(record)) if record.token == held.token => act(&claim).map(|()| Claim::Used),
            Ok(_) => Ok(Claim::Late),
            Err(error) => Err(error),
        };
        // Used, it is gone: who did it saw to that.
        if !matches!(acted, Ok(Claim::Used)) {
            let _ = self.folder.remove(&claim);
        }
        acted
    }

    fn state(&self) -> io::Result<State> {
        Ok(match self.folder.read(&self.name)? {
            Found::Nothing => State::Free,
            Found::Text(text) => State::read(&text),
            Found::Other => State::Foreign,
        })
    }

    fn claim(&self, held: &Record) -> String {
        format!(".{}.{}.claim", self.name, held.token)
    }
}

/// What came of a claim.
enum Claim {
    Used,
    /// The lock is not that holder's any more.
    Late,
    /// It is another's.
    Another,
}
