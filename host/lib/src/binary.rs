//! The bytes of a component, by their digest: [`Binary`].

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use blake3::{Hash, Hasher};

/// The bytes of a component. Those of a large file stay there: where compiled code is at hand, they are needed for their digest alone,
/// and to have all of them in memory takes longer than that.
#[derive(Debug)]
pub(crate) struct Binary {
    digest: Hash,
    size: u64,
    /// Its first bytes, by which components are told.
    head: Vec<u8>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Memory(Arc<[u8]>),
    File(Mutex<File>),
}

/// Smaller files are read at once, lest a host with many plugins has as many files open.
const LARGE: u64 = 1 << 20;

const HEAD: usize = 8;

impl Binary {
    /// That of a file, which stays open if it is large.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        // What is no file, as a pipe, is read once.
        if !metadata.is_file() || metadata.len() < LARGE {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            return Ok(Self::new(bytes));
        }
        let mut head = Vec::new();
        (&file).take(HEAD as u64).read_to_end(&mut head)?;
        file.rewind()?;
        let (digest, size) = digest(&mut file)?;
        Ok(Self { digest, size, head, place: Place::File(Mutex::new(file)) })
    }

    pub(crate) fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        Self {
            digest: blake3::hash(&bytes),
            size: bytes.len() as u64,
            head: bytes[..bytes.len().min(HEAD)].to_owned(),
            place: Place::Memory(bytes),
        }
    }

    /// The BLAKE3 hash of its bytes.
    pub(crate) fn digest(&self) -> Hash {
        self.digest
    }

    /// How many bytes there are.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Its first eight bytes, or all if there are fewer.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// All of them. An error if the file does not have them any more.
    pub(crate) fn bytes(&self) -> io::Result<Cow<'_, [u8]>> {
        let file = match &self.place {
            Place::Memory(bytes) => return Ok(Cow::Borrowed(bytes)),
            Place::File(file) => file,
        };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        if blake3::hash(&bytes) != self.digest {
            return Err(io::Error::other("the plugin's file was written into since it was loaded"));
        }
        Ok(Cow::Owned(bytes))
    }
}

/// The BLAKE3 hash of what can be read, and how much that is.
pub(crate) fn digest(from: &mut impl Read) -> io::Result<(Hash, u64)> {
    let mut hasher = Hasher::new();
    let size = in_parts(from, |part| {
        hasher.update(part);
        Ok(())
    })?;
    Ok((hasher.finalize(), size))
}

/// Gives what can be read to `each`, in parts that fit the processor's cache: memory that was never used costs more than the reading.
pub(crate) fn in_parts(
    from: &mut impl Read,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<u64> {
    let mut part = vec![0; 256 << 10];
    let mut size = 0;
    loop {
        match from.read(&mut part) {
            Ok(0) => return Ok(size),
            Ok(read) => {
                each(&part[..read])?;
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_large_file_that_was_replaced_is_still_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("plugin"), folder.path().join("other"));
        let bytes = vec![1; LARGE as usize];
        fs::write(&path, &bytes).unwrap();
        fs::write(&other, vec![2; LARGE as usize]).unwrap();
        let binary = Binary::open(&path).unwrap();
        fs::rename(other, &path).unwrap();
        assert!(*binary.bytes().unwrap() == *bytes);
        assert_eq!(binary.digest(), Binary::new(bytes).digest());
    }

    #[test]
    fn a_large_file_that_was_written_into_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plugin");
        fs::write(&path, vec![1; LARGE as usize]).unwrap();
        let binary = Binary::open(&path).unwrap();
        fs::write(&path, vec![2; LARGE as usize]).unwrap();
        assert!(binary.bytes().unwrap_err().to_string().contains("was written into since"));
    }
}
