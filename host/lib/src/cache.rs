//! Compiled code on disk: [`Cache`].
//!
//! An entry is machine code that runs outside of any sandbox, so one that is not exactly what this user's Ambit wrote is
//! not run: each carries a keyed hash (BLAKE3) of its name and its bytes. The key is made at random, and lies beside the
//! entries, readable by the user alone; the folder must be the user's own, and writable by nobody else. A plugin acts as this
//! user, so that the cache is not granted to one; a directory that has it inside is, at the risk of the host's user, who can ask
//! by `Engine::reserved_in`. What is hashed is a copy that nobody can change. The name of an entry holds the hash of the component and of
//! Wasmtime's version and settings. What is not right is compiled anew.

use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::binary::Binary;
use crate::folder::{Content, Folder};
use crate::private::make_private;
use crate::sealed::Sealed;

/// Where compiled code is kept.
#[derive(Clone, Debug)]
pub struct Cache(Folder);

const CODE: Content =
    Content { name: "cache folder", users: || dirs::cache_dir().map(|folder| folder.join("ambit")) };

impl Default for Cache {
    fn default() -> Self {
        Self::user()
    }
}

impl Cache {
    /// In `ambit`, in the user's cache folder: the default.
    #[must_use]
    pub fn user() -> Self {
        Self(Folder::User)
    }

    /// In this folder, which is made if it is not there. It should hold nothing else.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(Folder::At(folder.into()))
    }

    /// Nowhere: plugins are compiled each time that they are loaded.
    #[must_use]
    pub fn none() -> Self {
        Self(Folder::Nowhere)
    }

    /// The folders of compiled code, which no plugin is granted.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        self.0.all(&CODE)
    }

    /// Opens the folder. An error says why it cannot be used, in one sentence.
    pub(crate) fn open(&self) -> Result<Option<Opened>, String> {
        self.0.open(&CODE, Opened::new)
    }
}

/// How many entries are kept, and how many bytes of them; the oldest go first.
const ENTRIES: usize = 256;
const BYTES: u64 = 1 << 30;

const HASH: usize = blake3::OUT_LEN;

/// A cache whose folder and key are there.
pub(crate) struct Opened {
    folder: PathBuf,
    key: [u8; HASH],
}

impl Opened {
    fn new(folder: PathBuf) -> io::Result<Self> {
        make_private(&folder)?;
        let key = key(&folder)?;
        Ok(Self { folder, key })
    }

    /// The compiled code of a component, if it is there and is what [`put`](Self::put) wrote.
    pub(crate) fn get(&self, engine: &Engine, component: &Binary) -> Option<Component> {
        let name = name(engine, component);
        let mut entry = File::open(self.folder.join(&name)).ok()?;
        let mut hash = [0; HASH];
        entry.read_exact(&mut hash).ok()?;
        // It is hashed once nobody can change it any more.
        let code = Sealed::copy(&mut entry).ok()?;
        let mut hasher = self.hasher(&name);
        let shown = code.show(|part| {
            hasher.update(part);
        });
        shown.ok()?;
        // An entry that is used is not the oldest. If its time cannot be set, it may go, and is made again.
        drop(entry.set_modified(SystemTime::now()));
        // The comparison of two hashes takes the same time whatever they are.
        if hasher.finalize() != blake3::Hash::from_bytes(hash) {
            tracing::warn!(entry = name, "a cache entry is not what was written, and is not used");
            return None;
        }
        match load(engine, &code) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::debug!(%error, entry = name, "a cache entry is of another version");
                None
            }
        }
    }

    /// Keeps the compiled code of a component. That it cannot be kept harms nothing.
    pub(crate) fn put(&self, engine: &Engine, component: &Binary, compiled: &Component) {
        let kept = compiled.serialize().map_err(io::Error::other).and_then(|code| {
            let name = name(engine, component);
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(self.hasher(&name).update(&code).finalize().as_bytes())?;
            file.write_all(&code)?;
            // In one step: another process sees all of it or nothing.
            file.persist(self.folder.join(name))?;
            self.trim()
        });
        if let Err(error) = kept {
            tracing::debug!(%error, "compiled code was not cached");
        }
    }

    /// What is to hash the code of the entry of that name.
    fn hasher(&self, name: &str) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(name.as_bytes());
        hasher
    }

    fn trim(&self) -> io::Result<()> {
        let entries = fs::read_dir(&self.folder)?.filter_map(Result::ok);
        let mut entries: Vec<_> = entries
            .filter(|entry| entry.file_name() != KEY)
            .filter_map(|entry| {
                let file = entry.metadata().ok()?;
                Some((file.modified().ok()?, file.len(), entry.path()))
            })
            .collect();
        entries.sort();
        for (_, _, path) in surplus(&entries) {
            match fs::remove_file(path) {
                // Another process trims too.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// When an entry was used last, how many bytes it has, and where it is.
type Entry = (SystemTime, u64, PathBuf);

/// Those that are too many, of all from the oldest to the newest. The newest stays, however large.
fn surplus(entries: &[Entry]) -> &[Entry] {
    let mut bytes = 0;
    let kept = entries.iter().rev().take(ENTRIES).take_while(|(_, size, _)| {
        bytes += size;
        bytes <= BYTES
    });
    let kept = kept.count().max(1);
    &entries[..entries.len().saturating_sub(kept)]
}

const EXTENSION: &str = "cwasm";

const KEY: &str = "key";

fn name(engine: &Engine, component: &Binary) -> String {
    let mut hasher = Keyless(blake3::Hasher::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.update(env!("CARGO_PKG_VERSION").as_bytes()).update(component.digest().as_bytes());
    format!("{}.{EXTENSION}", hasher.0.finalize().to_hex())
}

struct Keyless(blake3::Hasher);

impl Hasher for Keyless {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let hash = self.0.finalize();
        hash.as_bytes().first_chunk().copied().map_or(0, u64::from_le_bytes)
    }
}

/// Compiled code of one engine, for another that is set up alike.
pub(crate) fn copy(engine: &Engine, component: &Component) -> wasmtime::Result<Component> {
    load(engine, &Sealed::Bytes(component.serialize()?))
}

/// The one place that runs code which was compiled before.
#[expect(
    unsafe_code,
    reason = "Wasmtime cannot tell whether compiled code is what its compiler made; we can"
)]
fn load(engine: &Engine, code: &Sealed) -> wasmtime::Result<Component> {
    // SAFETY: `copy` has it from Wasmtime. In `get` the code's keyed hash was checked, over these very bytes: a file is sealed, and
    // stays what it is for as long as Wasmtime maps it. Only this user can
    // read the key, so that it was written by `put`, from `Component::serialize`: plugins, which run as this user, are not
    // granted the folder, but by a user who grants all around it. Wasmtime checks the version and the settings itself.
    unsafe {
        match code {
            #[cfg(target_os = "linux")]
            Sealed::File(file) => Component::deserialize_file(engine, crate::sealed::path(file)),
            Sealed::Bytes(bytes) => Component::deserialize(engine, bytes),
        }
    }
}

fn key(folder: &Path) -> io::Result<[u8; HASH]> {
    let path = folder.join(KEY);
    match File::open(&path) {
        Ok(file) => read_key(file, folder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(&path, folder),
        Err(error) => Err(error),
    }
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "only Unix has owners to compare"))]
fn read_key(mut file: File, folder: &Path) -> io::Result<[u8; HASH]> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let (metadata, folder) = (file.metadata()?, fs::metadata(folder)?);
        if metadata.mode() & 0o077 != 0 || metadata.uid() != folder.uid() {
            return Err(io::Error::other("others may read its key; remove the folder"));
        }
    }
    let mut key = [0; HASH];
    file.read_exact(&mut key)?;
    Ok(key)
}

fn make_key(path: &Path, folder: &Path) -> io::Result<[u8; HASH]> {
    let mut key = [0; HASH];
    getrandom::fill(&mut key)?;
    // Temporary files are made for the user alone.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&key)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(key),
        // Another process was faster.
        Err(_) => read_key(File::open(path)?, folder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sizes: &[u64], too_many: usize) {
        let entry = |size: &u64| (SystemTime::UNIX_EPOCH, *size, PathBuf::new());
        let entries: Vec<_> = sizes.iter().map(entry).collect();
        assert_eq!(surplus(&entries).len(), too_many);
    }

    #[test]
    fn the_oldest_go_where_there_are_too_many_or_too_large_ones() {
        check(&[], 0);
        check(&[1; ENTRIES], 0);
        check(&[1; ENTRIES + 2], 2);
        check(&[BYTES, 1, BYTES / 2, BYTES / 2 - 1], 1);
        check(&[1, 2 * BYTES], 1);
    }
}
