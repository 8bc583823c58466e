//! Changes of the file system: each a place at which a test stops what runs.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use ambit_plugin_files::stop;

pub(crate) fn create_dir(path: &Path) -> io::Result<()> {
    stop::here();
    fs::create_dir(path)
}

/// Makes a directory and those around it that are not there.
pub(crate) fn create_dir_all(path: &Path) -> io::Result<()> {
    stop::here();
    fs::create_dir_all(path)
}

/// Makes a file that is not there.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    stop::here();
    File::create_new(path)
}

/// Opens a file to be written anew.
pub(crate) fn truncate(path: &Path) -> io::Result<File> {
    stop::here();
    OpenOptions::new().write(true).truncate(true).open(path)
}

pub(crate) fn write_all(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    stop::here();
    file.write_all(bytes)
}

/// Gives a file a second name.
pub(crate) fn hard_link(path: &Path, second: &Path) -> io::Result<()> {
    stop::here();
    fs::hard_link(path, second)
}

#[expect(deprecated, reason = "it is what std has for WASI; the other is for directories of Windows")]
pub(crate) fn soft_link(target: &Path, path: &Path) -> io::Result<()> {
    stop::here();
    fs::soft_link(target, path)
}

pub(crate) fn rename(path: &Path, other: &Path) -> io::Result<()> {
    stop::here();
    fs::rename(path, other)
}

/// Removes a file that may be gone.
pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    stop::here();
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Writes a file that is there as a whole or not at all, and is on the disk when this returns. `fresh` is a name beside it.
pub(crate) fn write_whole(
    path: &Path,
    fresh: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    stop::here();
    let file = File::create(fresh)?;
    let mut buffered = BufWriter::new(&file);
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    stop::here();
    file.sync_all()?;
    rename(fresh, path)
}
