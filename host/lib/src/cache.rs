//! Compiled code on disk: [`Cache`].
//!
//! An entry is machine code that runs outside of any sandbox, so one that is not exactly what this user's Ambit wrote is
//! not run: each carries a keyed hash (BLAKE3) of its name and its bytes. The key is made at random, and lies beside the
//! entries, readable by the user alone; the folder must be the user's own, and writable by nobody else. The name holds the
//! hash of the component and of Wasmtime's version and settings. What is not right is compiled anew.

use std::fs::{self, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::Component;

/// Where compiled code is kept.
#[derive(Clone, Debug, Default)]
pub struct Cache(Where);

#[derive(Clone, Debug, Default)]
enum Where {
    #[default]
    User,
    At(PathBuf),
    Nowhere,
}

impl Cache {
    /// In `ambit`, in the user's cache folder: the default.
    #[must_use]
    pub fn user() -> Self {
        Self(Where::User)
    }

    /// In this folder, which is made if it is not there. It should hold nothing else.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(Where::At(folder.into()))
    }

    /// Nowhere: plugins are compiled each time that they are loaded.
    #[must_use]
    pub fn none() -> Self {
        Self(Where::Nowhere)
    }

    /// Opens the folder. An error says why it cannot be used, in one sentence.
    pub(crate) fn open(self) -> Result<Option<Opened>, String> {
        let folder = match self.0 {
            Where::Nowhere => return Ok(None),
            Where::At(folder) => folder,
            Where::User => dirs::cache_dir().ok_or("this user has no cache folder")?.join("ambit"),
        };
        match Opened::new(folder.clone()) {
            Ok(opened) => Ok(Some(opened)),
            Err(error) => Err(format!("the cache folder `{}` cannot be used: {error}", folder.display())),
        }
    }
}

/// How many entries are kept; the oldest go first.
const ENTRIES: usize = 256;

const HASH: usize = blake3::OUT_LEN;

/// A cache whose folder and key are there.
pub(crate) struct Opened {
    folder: PathBuf,
    key: [u8; HASH],
}

impl Opened {
    fn new(folder: PathBuf) -> io::Result<Self> {
        make_private(&folder)?;
        let key = key(&folder.join("key"))?;
        Ok(Self { folder, key })
    }

    /// The compiled code of a component, if it is there and is what [`put`](Self::put) wrote.
    pub(crate) fn get(&self, engine: &Engine, component: &[u8]) -> Option<Component> {
        let name = name(engine, component);
        let entry = fs::read(self.folder.join(&name)).ok()?;
        let (hash, code) = entry.split_first_chunk::<HASH>()?;
        // The comparison of two hashes takes the same time whatever they are.
        if self.hash(&name, code) != blake3::Hash::from_bytes(*hash) {
            tracing::warn!(entry = name, "a cache entry is not what was written, and is not used");
            return None;
        }
        match load(engine, code) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::debug!(%error, entry = name, "a cache entry is of another version");
                None
            }
        }
    }

    /// Keeps the compiled code of a component. That it cannot be kept harms nothing.
    pub(crate) fn put(&self, engine: &Engine, component: &[u8], compiled: &Component) {
        let kept = compiled.serialize().map_err(io::Error::other).and_then(|code| {
            let name = name(engine, component);
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(self.hash(&name, &code).as_bytes())?;
            file.write_all(&code)?;
            // In one step: another process sees all of it or nothing.
            file.persist(self.folder.join(name))?;
            self.trim()
        });
        if let Err(error) = kept {
            tracing::debug!(%error, "compiled code was not cached");
        }
    }

    fn hash(&self, name: &str, code: &[u8]) -> blake3::Hash {
        blake3::Hasher::new_keyed(&self.key).update(name.as_bytes()).update(code).finalize()
    }

    fn trim(&self) -> io::Result<()> {
        let entries = fs::read_dir(&self.folder)?.filter_map(Result::ok);
        let mut entries: Vec<_> = entries
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == EXTENSION))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        entries.sort();
        let surplus = entries.len().saturating_sub(ENTRIES);
        entries[..surplus].iter().try_for_each(|(_, path)| fs::remove_file(path))
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("folder", &self.folder).finish_non_exhaustive()
    }
}

const EXTENSION: &str = "cwasm";

fn name(engine: &Engine, component: &[u8]) -> String {
    let mut hasher = Keyless(blake3::Hasher::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.update(env!("CARGO_PKG_VERSION").as_bytes()).update(component);
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

/// The one place that runs code which was compiled before.
#[expect(
    unsafe_code,
    reason = "Wasmtime cannot tell whether compiled code is what its compiler made; we can"
)]
fn load(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the code's keyed hash was checked, over these very bytes. Only this user can read the key, so that it was
    // written by `put`, from `Component::serialize`. Wasmtime checks the version and the settings itself.
    unsafe { Component::deserialize(engine, code) }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
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

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    // A user's cache folder is private there by inheritance.
    fs::create_dir_all(folder)?;
    tempfile::NamedTempFile::new_in(folder).map(drop)
}

fn key(path: &Path) -> io::Result<[u8; HASH]> {
    match File::open(path) {
        Ok(file) => read_key(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(path),
        Err(error) => Err(error),
    }
}

fn read_key(mut file: File) -> io::Result<[u8; HASH]> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if file.metadata()?.mode() & 0o077 != 0 {
            return Err(io::Error::other("others may read its key; remove the folder"));
        }
    }
    let mut key = [0; HASH];
    file.read_exact(&mut key)?;
    Ok(key)
}

fn make_key(path: &Path) -> io::Result<[u8; HASH]> {
    let mut key = [0; HASH];
    getrandom::fill(&mut key)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    // Temporary files are made for the user alone.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&key)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(key),
        // Another process was faster.
        Err(_) => read_key(OpenOptions::new().read(true).open(path)?),
    }
}
