//! What is in a directory: [`list`].

use std::ffi::OsString;
use std::path::Path;
use std::{fs, io};

/// The names in a directory.
#[derive(Debug, Default)]
pub struct Listing {
    /// Those that a plugin can say.
    pub names: Vec<OsString>,
    /// Whether there are others: WASI has only names in UTF-8.
    pub has_unnamed: bool,
}

impl Listing {
    /// What keeps a plugin from what it cannot name.
    #[must_use]
    pub fn problem(&self) -> Option<io::Error> {
        let unnamed = "it has a file in it whose name is not UTF-8, which a plugin cannot handle";
        self.has_unnamed.then(|| io::Error::new(io::ErrorKind::Unsupported, unnamed))
    }
}

/// Lists a directory, past names that are not UTF-8.
///
/// # Errors
/// Those of the file system.
pub fn list(directory: &Path) -> io::Result<Listing> {
    // Where the library reads ahead, such a name keeps it from opening the directory at all.
    let names = fs::read_dir(directory)
        .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>());
    #[cfg(target_arch = "wasm32")]
    let listing = names.map(Listing::of).or_else(|error| past_unnamed(directory).ok_or(error));
    #[cfg(not(target_arch = "wasm32"))]
    let listing = names.map(Listing::of);
    listing
}

impl Listing {
    fn of(names: Vec<OsString>) -> Self {
        let all = names.len();
        let names: Vec<_> = names.into_iter().filter(|name| name.to_str().is_some()).collect();
        Self { has_unnamed: names.len() < all, names }
    }
}

/// By the interface of WASI: the standard library lists nothing behind a name that it cannot have.
#[cfg(target_arch = "wasm32")]
fn past_unnamed(directory: &Path) -> Option<Listing> {
    use ambit_guest::grants::inside;
    use wasip2::filesystem::preopens::get_directories;
    use wasip2::filesystem::types::{DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

    let granted = get_directories();
    let ways = granted.iter().filter_map(|(grant, name)| Some((grant, inside(Path::new(name), directory)?)));
    let (grant, way) = ways.min_by_key(|(_, way)| way.components().count())?;
    let way = if way.as_os_str().is_empty() { "." } else { way.to_str()? };
    let opened = grant.open_at(PathFlags::empty(), way, OpenFlags::DIRECTORY, DescriptorFlags::READ).ok()?;
    let entries = opened.read_directory().ok()?;
    let mut listing = Listing::default();
    loop {
        match entries.read_directory_entry() {
            Ok(None) => return Some(listing),
            Ok(Some(entry)) => listing.names.push(entry.name.into()),
            Err(ErrorCode::IllegalByteSequence) => listing.has_unnamed = true,
            // It vanished meanwhile.
            Err(ErrorCode::NoEntry) => {}
            Err(_) => return None,
        }
    }
}
