//! How a body ends: [`Body`].

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use ambit::With;

/// What a body gives.
pub(crate) type Result = std::result::Result<u32, Box<dyn Error + Send + Sync>>;

/// What a stack of a cell comes to.
pub(crate) type Ended = With<u32, Box<dyn Error + Send + Sync>>;

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Completes,
    Fails,
}

/// What a body completes with.
pub(crate) const RESULT: u32 = 7;

/// The error of a body, known again by what it points to.
#[derive(Clone, Debug)]
pub(crate) struct Own(Arc<str>);

impl Body {
    pub(crate) const ALL: [Self; 2] = [Self::Completes, Self::Fails];

    pub(crate) fn end(self, own: &Own) -> Result {
        match self {
            Self::Completes => Ok(RESULT),
            Self::Fails => Err(own.clone().into()),
        }
    }
}

impl Own {
    pub(crate) fn new() -> Self {
        Self("the body's own".into())
    }

    /// Whether this is that very error.
    pub(crate) fn is(&self, error: &(dyn Error + Send + Sync + 'static)) -> bool {
        error.downcast_ref::<Self>().is_some_and(|error| Arc::ptr_eq(&error.0, &self.0))
    }
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Own {}
