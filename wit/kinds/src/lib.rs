//! The words of the contract for families and kinds of errors, in Rust: what host and guest both say.
//!
//! A [`Family`] says what sort of error it is, and so who may suppress it. A *kind* names a type of error with its language ahead (`rust:std::io::Error`), or is *portable* and has none
//! (`not-found`). The *path* of an error lists its kinds, most specific first. `wit/README.md` defines both.

mod family;

use std::any::{Any, TypeId, type_name};
use std::error::Error;
use std::{fmt, io, num, str, string};

pub use family::Family;

/// A thing that was looked for is not there.
pub const NOT_FOUND: &str = "not-found";
/// The system, or the other side, does not allow it.
pub const PERMISSION_DENIED: &str = "permission-denied";
/// A thing that was to be made is there already.
pub const ALREADY_EXISTS: &str = "already-exists";
/// A value that was given is not of the form that is asked for. With a detail: the parameter's name.
pub const INVALID_ARGUMENT: &str = "invalid-argument";
/// It took longer than it was allowed to.
pub const TIMED_OUT: &str = "timed-out";
/// Somebody asked for it to stop.
pub const INTERRUPTED: &str = "interrupted";
/// No memory is left.
pub const OUT_OF_MEMORY: &str = "out-of-memory";
/// This platform, or this program, cannot do it.
pub const UNSUPPORTED: &str = "unsupported";
/// A check of the program's own failed.
pub const ASSERTION: &str = "assertion";
/// A command ended with another status than zero. With a detail: the status, in decimal.
pub const EXIT_STATUS: &str = "exit-status";
/// The program panicked.
pub const PANIC: &str = "panic";
/// The host's user did not grant the right to it. With a detail: `dir:PATH`, `env:NAME` or `net:ADDRESS`.
pub const NOT_GRANTED: &str = "not-granted";
/// A scope was given up: its body never ended.
pub const ABANDONED: &str = "abandoned";

/// The portable kind of an I/O error, where one fits.
#[must_use]
pub fn of_io(kind: io::ErrorKind) -> Option<&'static str> {
    use io::ErrorKind as K;
    Some(match kind {
        K::NotFound => NOT_FOUND,
        K::PermissionDenied | K::ReadOnlyFilesystem => PERMISSION_DENIED,
        K::AlreadyExists => ALREADY_EXISTS,
        K::InvalidInput | K::InvalidFilename => INVALID_ARGUMENT,
        K::TimedOut => TIMED_OUT,
        K::Interrupted => INTERRUPTED,
        K::OutOfMemory => OUT_OF_MEMORY,
        K::Unsupported => UNSUPPORTED,
        _ => return None,
    })
}

/// The path of a Rust error of a known type: its type, then the portable kind that fits.
#[must_use]
pub fn of<E: Any>(error: &E) -> Vec<String> {
    let error: &dyn Any = error;
    let kind = known(TypeId::of::<E>()).map_or_else(|| format!("rust:{}", type_name::<E>()), str::to_owned);
    path(kind, error.downcast_ref::<io::Error>())
}

/// The path of a Rust error whose type is not known any more, such as a [source](Error::source): exact for the errors
/// of the standard library, `rust:dyn std::error::Error` for others.
#[must_use]
pub fn of_dyn(error: &(dyn Error + 'static)) -> Vec<String> {
    let kind =
        STANDARD.iter().find(|(is, ..)| is(error)).map_or("rust:dyn std::error::Error", |(.., kind)| kind);
    path(kind.to_owned(), error.downcast_ref::<io::Error>())
}

/// A portable kind with a detail, and the kind without it: `exit-status:3`, `exit-status`.
#[must_use]
pub fn detailed(kind: &str, detail: impl fmt::Display) -> [String; 2] {
    [format!("{kind}:{detail}"), kind.to_owned()]
}

/// The detail that a path gives of a kind: `3` of `exit-status:3`.
pub fn detail<'a, S: AsRef<str>>(path: &'a [S], kind: &str) -> Option<&'a str> {
    path.iter().find_map(|each| each.as_ref().strip_prefix(kind)?.strip_prefix(':'))
}

fn path(kind: String, io: Option<&io::Error>) -> Vec<String> {
    let portable = io.and_then(|error| of_io(error.kind()));
    let mut path = Vec::with_capacity(2);
    path.push(kind);
    path.extend(portable.map(str::to_owned));
    path
}

fn known(id: TypeId) -> Option<&'static str> {
    STANDARD.iter().find(|(_, of, _)| of() == id).map(|(.., kind)| *kind)
}

type Standard = (fn(&(dyn Error + 'static)) -> bool, fn() -> TypeId, &'static str);

/// Errors of the standard library, by the names under which people import them.
const STANDARD: &[Standard] = &[
    (is::<io::Error>, TypeId::of::<io::Error>, "rust:std::io::Error"),
    (is::<fmt::Error>, TypeId::of::<fmt::Error>, "rust:std::fmt::Error"),
    (is::<num::ParseIntError>, TypeId::of::<num::ParseIntError>, "rust:std::num::ParseIntError"),
    (is::<num::ParseFloatError>, TypeId::of::<num::ParseFloatError>, "rust:std::num::ParseFloatError"),
    (is::<num::TryFromIntError>, TypeId::of::<num::TryFromIntError>, "rust:std::num::TryFromIntError"),
    (is::<str::ParseBoolError>, TypeId::of::<str::ParseBoolError>, "rust:std::str::ParseBoolError"),
    (is::<str::Utf8Error>, TypeId::of::<str::Utf8Error>, "rust:std::str::Utf8Error"),
    (is::<string::FromUtf8Error>, TypeId::of::<string::FromUtf8Error>, "rust:std::string::FromUtf8Error"),
    (is::<std::env::VarError>, TypeId::of::<std::env::VarError>, "rust:std::env::VarError"),
    (
        is::<std::time::SystemTimeError>,
        TypeId::of::<std::time::SystemTimeError>,
        "rust:std::time::SystemTimeError",
    ),
];

fn is<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    error.is::<E>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_io_error_has_its_public_name_and_its_portable_kind() {
        let error = io::Error::from(io::ErrorKind::NotFound);
        assert_eq!(of(&error), ["rust:std::io::Error", "not-found"]);
        assert_eq!(of_dyn(&error), of(&error));
    }

    #[test]
    fn an_error_of_a_crate_is_named_by_its_type() {
        #[derive(Debug)]
        struct Mine;
        assert_eq!(
            of(&Mine),
            [concat!("rust:", module_path!(), "::an_error_of_a_crate_is_named_by_its_type::Mine")]
        );
    }

    #[test]
    fn a_detail_is_found_behind_its_kind() {
        let path = detailed(EXIT_STATUS, 3);
        assert_eq!(path, ["exit-status:3", "exit-status"]);
        assert_eq!(detail(&path, EXIT_STATUS), Some("3"));
        assert_eq!(detail(&path, NOT_FOUND), None);
    }
}
