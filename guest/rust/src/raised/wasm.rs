//! Errors that the host owns.

pub(crate) use crate::bindings::ambit::scope::errors::Raised;
