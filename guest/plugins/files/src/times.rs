//! When something was changed last.

use std::io;
use std::path::Path;
use std::time::SystemTime;

/// Says when `path` was changed last, as [`std::fs::Metadata::modified`] gives it. A symbolic link is not followed.
///
/// # Errors
/// Those of the file system. In a native test, also for a symbolic link.
#[cfg(not(target_arch = "wasm32"))]
pub fn set_modified(path: &Path, modified: SystemTime) -> io::Result<()> {
    if std::fs::symlink_metadata(path)?.is_symlink() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    crate::stop::here();
    std::fs::File::open(path)?.set_modified(modified)
}

/// Says when `path` was changed last, as [`std::fs::Metadata::modified`] gives it. A symbolic link is not followed.
///
/// The standard library sets the times of open files alone, and not those of directories where the component was made by
/// an adapter; so it is WASI's own call, by path.
///
/// # Errors
/// Those of the file system.
#[cfg(target_arch = "wasm32")]
pub fn set_modified(path: &Path, modified: SystemTime) -> io::Result<()> {
    use wasip2::clocks::wall_clock::Datetime;
    use wasip2::filesystem::preopens::get_directories;
    use wasip2::filesystem::types::{NewTimestamp, PathFlags};

    use ambit_guest::grants::inside;

    let since = modified.duration_since(SystemTime::UNIX_EPOCH).map_err(io::Error::other)?;
    let modified = Datetime { seconds: since.as_secs(), nanoseconds: since.subsec_nanos() };
    let grants = get_directories().into_iter();
    let inside = grants.filter_map(|(directory, grant)| Some((directory, inside(Path::new(&grant), path)?)));
    // The innermost grant, as the C library takes it.
    let Some((directory, inside)) = inside.min_by_key(|(_, inside)| inside.components().count()) else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let inside = match inside.to_str() {
        Some("") => ".",
        Some(inside) => inside,
        None => return Err(io::ErrorKind::InvalidFilename.into()),
    };
    directory
        .set_times_at(PathFlags::empty(), inside, NewTimestamp::NoChange, NewTimestamp::Timestamp(modified))
        .map_err(|code| io::Error::other(code.name()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    #[test]
    fn files_and_directories_are_dated_to_the_nanosecond() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let when = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
        for path in [&file, folder.path()] {
            set_modified(path, when).unwrap();
            assert_eq!(fs::metadata(path).unwrap().modified().unwrap(), when, "{}", path.display());
        }
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        let before = fs::metadata(&file).unwrap().modified().unwrap();
        let _ = set_modified(&link, SystemTime::UNIX_EPOCH);
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
    }
}
