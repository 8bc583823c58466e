//! Folders that are the user's alone: those of compiled code and of the journal.

use std::fs;
use std::io;
use std::path::Path;

/// Makes a folder that only this user may enter, if it is not there. One that is there must be this user's, and writable
/// by nobody else.
#[cfg(unix)]
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};

    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let metadata = fs::metadata(folder)?;
    if metadata.mode() & 0o022 != 0 {
        return Err(io::Error::other("others may write in it; run `chmod go-w` on it"));
    }
    // Who can make a file here owns it; the owner of the folder must be the same.
    let probe = tempfile::NamedTempFile::new_in(folder)?;
    if probe.as_file().metadata()?.uid() != metadata.uid() {
        return Err(io::Error::other("it is another user's"));
    }
    Ok(())
}

/// Makes a folder, if it is not there, and checks that files can be made in it.
#[cfg(not(unix))]
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    // A user's own folders are private there by inheritance.
    fs::create_dir_all(folder)?;
    tempfile::NamedTempFile::new_in(folder).map(drop)
}

/// Makes a folder in one that is private; true if it was not there.
pub(crate) fn make_inside(folder: &Path) -> io::Result<bool> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    #[cfg(not(unix))]
    let builder = &mut builder;
    match builder.create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        made => made.map(|()| true),
    }
}

/// Makes sure that the names in a folder outlast a loss of power.
pub(crate) fn sync_names(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened as a file, and the system writes names in order itself.
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}
