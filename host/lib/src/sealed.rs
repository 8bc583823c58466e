//! Bytes that nobody can change any more: [`Sealed`].

use std::fs::File;
use std::io::{self, Read as _};
#[cfg(target_os = "linux")]
use std::{io::Seek as _, os::fd::AsRawFd as _, path::PathBuf};

#[cfg(target_os = "linux")]
use crate::binary::in_parts;

/// A copy of a file that nobody can change any more, whoever may write the file: what was checked is what is used.
pub(crate) enum Sealed {
    /// A file in memory, with seals on it: Wasmtime maps it, where it would copy bytes twice.
    #[cfg(target_os = "linux")]
    File(File),
    Bytes(Vec<u8>),
}

impl Sealed {
    /// Copies what is left of a file.
    pub(crate) fn copy(from: &mut File) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(memory) = file_in_memory() {
            io::copy(from, &mut memory.as_file())?;
            let seals = [memfd::FileSeal::SealShrink, memfd::FileSeal::SealGrow, memfd::FileSeal::SealWrite];
            memory
                .add_seals(&seals)
                .and_then(|()| memory.add_seal(memfd::FileSeal::SealSeal))
                .map_err(io::Error::other)?;
            return Ok(Self::File(memory.into_file()));
        }
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)?;
        Ok(Self::Bytes(bytes))
    }

    /// Shows all that was copied to `each`, in parts: as it is now, and stays. Until the seals were on it, others could write it.
    pub(crate) fn show(&self, mut each: impl FnMut(&[u8])) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::File(file) => {
                let mut file = file;
                file.rewind()?;
                in_parts(&mut file, |part| {
                    each(part);
                    Ok(())
                })?;
            }
            Self::Bytes(bytes) => each(bytes),
        }
        Ok(())
    }
}

/// Nothing where the system has none, or where it has no name by which it can be opened: without /proc.
#[cfg(target_os = "linux")]
fn file_in_memory() -> Option<memfd::Memfd> {
    let memory = memfd::MemfdOptions::default().allow_sealing(true).create("compiled code").ok()?;
    path(memory.as_file()).exists().then_some(memory)
}

/// Where a file of this process can be opened anew.
#[cfg(target_os = "linux")]
pub(crate) fn path(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_copy_cannot_be_changed_by_whoever_opens_it() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"code").unwrap();
        file.rewind().unwrap();
        let sealed = Sealed::copy(&mut file).unwrap();
        let mut seen = Vec::new();
        sealed.show(|part| seen.extend_from_slice(part)).unwrap();
        assert_eq!(seen, b"code");
        let Sealed::File(copy) = sealed else { panic!("Linux has files in memory") };
        for change in [|file: &File| (&*file).write_all(b"evil"), |file: &File| file.set_len(0)] {
            let opened = OpenOptions::new().write(true).open(path(&copy));
            assert!(change(&copy).is_err());
            assert!(opened.is_err() || opened.is_ok_and(|opened| change(&opened).is_err()));
        }
        assert_eq!(std::fs::read(path(&copy)).unwrap(), b"code");
    }
}
