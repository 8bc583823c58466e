//! From any [`std::error::Error`] to an [`Error`]: what `?` does.

use std::error::Error as StdError;

use crate::Error;

impl<E: StdError + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        layer(&ambit_kinds::of(&error), &error)
    }
}

fn layer(kinds: &[String], error: &(dyn StdError + 'static)) -> Error {
    Error::new(kinds, error.to_string()).caused_by_source(error)
}

impl Error {
    /// Adds the chain of `error`'s sources as causes.
    pub(crate) fn caused_by_source(self, error: &(dyn StdError + 'static)) -> Self {
        match error.source() {
            Some(source) => self.caused_by(layer(&ambit_kinds::of_dyn(source), source)),
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt, io};

    use super::*;

    #[derive(Debug)]
    struct Unsaved(io::Error);

    impl fmt::Display for Unsaved {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the draft was not saved")
        }
    }

    impl StdError for Unsaved {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    fn unsaved() -> Unsaved {
        Unsaved(io::ErrorKind::PermissionDenied.into())
    }

    #[test]
    fn the_type_is_the_first_kind_and_the_source_the_cause() {
        let error = Error::from(unsaved());
        assert_eq!(error.kinds(), [concat!("rust:", module_path!(), "::Unsaved")]);
        assert_eq!(error.message(), "the draft was not saved");
        let cause = error.cause().unwrap();
        assert_eq!(cause.kinds(), ["rust:std::io::Error", "permission-denied"]);
        assert!(cause.cause().is_none());
    }

    #[test]
    fn an_io_error_that_wraps_another_keeps_the_chain() {
        let error = Error::from(io::Error::other(unsaved()));
        assert_eq!(error.kinds(), ["rust:std::io::Error"]);
        assert_eq!(error.message(), "the draft was not saved");
        assert!(error.cause().unwrap().is("permission-denied"));
    }

    #[test]
    fn an_error_without_a_source_has_a_context_to_be_hung() {
        assert!(!Error::from(io::Error::other("alone")).hides_context());
    }
}
