//! From any [`std::error::Error`] to an [`Error`]: what `?` does.

use std::error::Error as StdError;
use std::io;

use crate::Error;

impl<E: StdError + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        layer(ambit_kinds::of(&error), &error)
    }
}

fn layer(kinds: Vec<String>, error: &(dyn StdError + 'static)) -> Error {
    let message = error.to_string();
    let converted = match ungranted(error, &message) {
        Some(path) => not_granted(path),
        None => Error::new(kinds, message),
    };
    match error.source() {
        Some(source) => converted.caused_by(layer(ambit_kinds::of_dyn(source), source)),
        None => converted,
    }
}

fn not_granted(path: &str) -> Error {
    let [detailed, kind] = ambit_kinds::detailed(ambit_kinds::NOT_GRANTED, format_args!("dir:{path}"));
    Error::new(
        ["rust:std::io::Error".to_owned(), detailed, kind],
        format!("`{path}` is in no directory that was granted"),
    )
}

/// The path that the standard library found in no directory that the host granted. It has no kind of its own for that,
/// so that only the text tells: `open_parent` in its `sys/fs/wasi.rs`.
fn ungranted<'a>(error: &(dyn StdError + 'static), message: &'a str) -> Option<&'a str> {
    error.downcast_ref::<io::Error>()?;
    message
        .strip_prefix("failed to find a pre-opened file descriptor through which \"")?
        .strip_suffix("\" could be opened")
}
