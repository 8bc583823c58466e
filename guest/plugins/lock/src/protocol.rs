//! Who may hold a lock: the steps by which it is taken, taken over and released, and by which what a dead one left is removed.
//!
//! The lock is a file with a fixed name, NAME, in which a [`Record`] stands with a *token* that names one acquisition.
//! - It is taken by a hard link from a *draft*, `.NAME.TOKEN`, that is written already, so that it appears at once and whole, and
//!   for one alone.
//! - **While the token T stands in the lock, it is changed by nobody but who made the file `.NAME.T.claim`.** That file is
//!   made exclusively; whoever made it reads the lock once more, and acts only if T still stands there. It goes away only
//!   once T is gone from the lock, and T never comes back: so two can not both have made it and found T.
//! - A claim is made by a link, too, so that it says from its first moment on whose it is, by the token in it.
//! - Taking over writes the new record into the claim and renames it to NAME: claim and lock change in one step.
//! - Releasing makes the claim too, so that it removes no lock that was taken over meanwhile. It is a second name of the lock itself.
//!
//! So whoever comes after one that died at any step, and knows its token, and of whose lock it had begun to make a claim, finds
//! which files are its own: its draft, claims in which its token stands, and the lock, if its token stands there. A
//! claim on a token that is gone from the lock means nothing, and whoever meets it may remove it.
//!
//! Where there are no links, files are made and then written: *bare*. A file in which nothing stands may then be anybody's, and
//! is left to a person.

use std::cell::Cell;
use std::io;

use crate::folder::Folder;
use crate::record::{Record, State};
use crate::steps::{Claim, Made, is_absent, is_taken};

/// A lock file.
#[derive(Debug)]
pub(crate) struct Lock<F> {
    pub(crate) folder: F,
    pub(crate) name: String,
    pub(crate) bare: Cell<bool>,
}

/// What has to be known to whoever comes after, before it is done: which claim, and whether bare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step<'a> {
    /// The token in the lock that is to be taken over.
    pub(crate) claims: Option<&'a str>,
    /// Files are made without links.
    pub(crate) bare: bool,
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
    /// Nothing stands in this file, which may be ours.
    Unwritten {
        file: String,
    },
}

impl<F: Folder> Lock<F> {
    pub(crate) fn new(folder: F, name: String) -> Self {
        Self { folder, name, bare: Cell::new(false) }
    }

    /// Tries once to take the lock. `leave` is told each step that whoever comes after has to know of.
    pub(crate) fn attempt<E: From<io::Error>>(
        &self,
        own: &Record,
        stale: impl Fn(&Record) -> bool,
        leave: impl Fn(Step<'_>) -> Result<(), E>,
    ) -> Result<Attempt, E> {
        // Each round but the last, somebody else got on.
        loop {
            let held = match self.state()? {
                State::Free if self.publish(own, &leave)? => return Ok(Attempt::Taken { from: None }),
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
            match self.take_over(own, &held, &leave)? {
                Claim::Used => return Ok(Attempt::Taken { from: Some(held) }),
                Claim::Late => {}
                Claim::Another => {
                    let claim = self.claim(&held.token);
                    return Ok(Attempt::Held { by: Some(held), claim: Some(claim) });
                }
            }
        }
    }

    /// Releases the lock. `pause` waits a little for somebody who is at it, and says whether to go on.
    pub(crate) fn release<E: From<io::Error>>(
        &self,
        own: &Record,
        leave: impl Fn(Step<'_>) -> Result<(), E>,
        mut pause: impl FnMut() -> bool,
    ) -> Result<Release, E> {
        let claim = self.claim(&own.token);
        loop {
            match self.claim_own(&claim, own, &leave)? {
                Made::Ours => match self.act(&own.token, &claim, || self.remove(&claim)) {
                    Ok(Claim::Used) => return Ok(Release::Released),
                    Ok(_) => {}
                    Err(error) if is_absent(&error) => return Ok(Release::Lost { to: None }),
                    Err(error) => return Err(error.into()),
                },
                Made::Gone => return Ok(Release::Lost { to: None }),
                Made::Another => {}
            }
            match self.state()? {
                State::Held(record) if record.token == own.token => {}
                State::Held(record) => return Ok(Release::Lost { to: Some(record) }),
                State::Free | State::Unwritten | State::Foreign => return Ok(Release::Lost { to: None }),
            }
            if !pause() {
                return Ok(Release::Stuck { claim });
            }
        }
    }

    /// Removes what `own` left that died, at whatever step, having told `step` last. It may be repeated, and may itself die.
    pub(crate) fn recover<E: From<io::Error>>(
        &self,
        own: &Record,
        step: Step<'_>,
        mut pause: impl FnMut() -> bool,
    ) -> Result<Release, E> {
        self.bare.set(step.bare);
        self.clear(&self.draft(own))?;
        if let Some(token) = step.claims
            && let Some(file) = self.withdraw(token, own, &mut pause)?
        {
            return Ok(Release::Unwritten { file });
        }
        let ended = loop {
            match self.state()? {
                State::Held(record) if record.token == own.token => {
                    break self.release(own, |_| Ok::<_, E>(()), pause)?;
                }
                State::Unwritten if step.bare && pause() => {}
                State::Unwritten if step.bare => break Release::Unwritten { file: self.name.clone() },
                State::Held(record) => break Release::Lost { to: Some(record) },
                State::Free | State::Unwritten | State::Foreign => break Release::Lost { to: None },
            }
        };
        if let Release::Lost { .. } | Release::Unwritten { .. } = ended {
            // It is a claim on a token that is gone.
            self.clear(&self.claim(&own.token))?;
        }
        Ok(ended)
    }

    /// Removes a claim that is ours and was not used. Names it if that cannot be told.
    fn withdraw(
        &self,
        token: &str,
        own: &Record,
        mut pause: impl FnMut() -> bool,
    ) -> io::Result<Option<String>> {
        let claim = self.claim(token);
        loop {
            match self.read(&claim)? {
                State::Held(record) if record.token == own.token => return self.clear(&claim).map(|()| None),
                State::Unwritten if self.bare.get() => {}
                _ => return Ok(None),
            }
            if !matches!(self.state()?, State::Held(record) if record.token == token) {
                return self.clear(&claim).map(|()| None);
            }
            if !pause() {
                return Ok(Some(claim));
            }
        }
    }

    /// Makes the lock file, if there is none.
    fn publish<E: From<io::Error>>(
        &self,
        own: &Record,
        leave: impl Fn(Step<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let linked = self.link(own, &self.name);
        let made = match linked {
            // Where it is another problem than that there are no links, this meets it too, and names the lock in it.
            Err(error) if !is_taken(&error) => {
                self.go_bare(Step { claims: None, bare: true }, leave)?;
                self.folder.create(&self.name, &own.text())
            }
            linked => linked,
        };
        match made {
            Ok(()) => Ok(true),
            Err(error) if is_taken(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn take_over<E: From<io::Error>>(
        &self,
        own: &Record,
        held: &Record,
        leave: impl Fn(Step<'_>) -> Result<(), E>,
    ) -> Result<Claim, E> {
        let claim = self.claim(&held.token);
        let claims = Some(held.token.as_str());
        leave(Step { claims, bare: self.bare.get() })?;
        let made = match self.link(own, &claim) {
            Err(error) if !is_taken(&error) => {
                self.go_bare(Step { claims, bare: true }, leave)?;
                self.folder.create(&claim, &own.text())
            }
            linked => linked,
        };
        match self.made(made, &claim, own)? {
            Made::Ours => Ok(self.act(&held.token, &claim, || self.folder.rename(&claim, &self.name))?),
            Made::Another | Made::Gone => Ok(Claim::Another),
        }
    }

    /// Makes the claim on our own lock.
    fn claim_own<E: From<io::Error>>(
        &self,
        claim: &str,
        own: &Record,
        leave: impl Fn(Step<'_>) -> Result<(), E>,
    ) -> Result<Made, E> {
        let linked = match self.bare.get() {
            true => Err(io::ErrorKind::Unsupported.into()),
            false => self.folder.link(&self.name, claim),
        };
        let made = match linked {
            Err(error) if !is_taken(&error) && !is_absent(&error) => {
                self.go_bare(Step { claims: None, bare: true }, leave)?;
                self.folder.create(claim, &own.text())
            }
            linked => linked,
        };
        match made {
            Err(error) if is_absent(&error) => Ok(Made::Gone),
            made => Ok(self.made(made, claim, own)?),
        }
    }
}
