//! I/O errors that say where: [`At`].

use std::io;
use std::path::Path;

use crate::{Error, Result, grants};

/// Says of an I/O error which path it is about.
///
/// The standard library does not. And where a path is in no directory that the host's user granted, WASI answers what it
/// answers for one that is not there: `not-found`. With the path at hand, the two are told apart, so that the user can be
/// shown the right that is missing.
///
/// # Examples
/// ```
/// use ambit_guest::{At, Result};
/// use std::path::Path;
///
/// fn create(dir: &Path) -> Result {
///     std::fs::create_dir(dir).at(dir)
/// }
///
/// let error = create(Path::new("/no/such/parent/here")).unwrap_err();
/// assert_eq!(error.message(), "`/no/such/parent/here`: No such file or directory");
/// assert_eq!(error.kinds(), ["rust:std::io::Error", "not-found"]);
/// ```
pub trait At<T> {
    /// Adds the path.
    ///
    /// # Errors
    /// That of the I/O, its message after the path; `not-granted`, with the detail `dir:PATH`, if the path is in no
    /// directory that was granted.
    fn at(self, path: impl AsRef<Path>) -> Result<T>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: impl AsRef<Path>) -> Result<T> {
        self.map_err(|error| located(&error, path.as_ref()))
    }
}

fn located(error: &io::Error, path: &Path) -> Error {
    let path_shown = path.display();
    if error.kind() == io::ErrorKind::NotFound && !grants::is_granted(path) {
        return grants::not_granted(path, path);
    }
    let text = error.to_string();
    // The number is one of WASI's, and means another error elsewhere.
    let number = error.raw_os_error().map(|number| format!(" (os error {number})")).unwrap_or_default();
    let text = text.strip_suffix(&number).unwrap_or(&text);
    Error::new(ambit_kinds::of(error), format!("`{path_shown}`: {text}")).caused_by_source(error)
}
