//! What stands in files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::disk;

/// How much is read at a time: a call of the host each.
const CHUNK: usize = 64 * 1024;

/// Copies a file to one that is not there, and says how many bytes that were.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<u64> {
    write(from, disk::create_new(to)?)
}

/// Copies a file into one that is there, which stays the same file, with its mode and its other names. On the way it has
/// neither content.
pub(crate) fn overwrite(from: &Path, to: &Path) -> io::Result<()> {
    write(from, disk::truncate(to)?).map(drop)
}

fn write(from: &Path, mut to: File) -> io::Result<u64> {
    let mut from = File::open(from)?;
    let mut chunk = vec![0; CHUNK];
    let mut written = 0;
    loop {
        match fill(&mut from, &mut chunk)? {
            [] => return Ok(written),
            part => {
                disk::write_all(&mut to, part)?;
                written += part.len() as u64;
            }
        }
    }
}

/// Whether two files have the same content.
pub(crate) fn same(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (vec![0; CHUNK], vec![0; CHUNK]);
    loop {
        let (left, right) = (fill(&mut one, &mut left)?, fill(&mut other, &mut right)?);
        if left != right {
            return Ok(false);
        }
        if left.is_empty() {
            return Ok(true);
        }
    }
}

/// Reads as much as fits, or all that there is.
fn fill<'a>(file: &mut File, chunk: &'a mut [u8]) -> io::Result<&'a [u8]> {
    let mut filled = 0;
    while filled < chunk.len() {
        match file.read(&mut chunk[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(&chunk[..filled])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_of_every_length_are_copied_and_compared() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let mut bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            fs::write(&one, &bytes).unwrap();
            copy(&one, &other).unwrap();
            assert!(same(&one, &other).unwrap(), "{length}");
            assert_eq!(fs::read(&other).unwrap(), bytes, "{length}");
            if let Some(last) = bytes.last_mut() {
                *last ^= 1;
                fs::write(&other, &bytes).unwrap();
                assert!(!same(&one, &other).unwrap(), "{length}");
            }
            overwrite(&one, &other).unwrap();
            assert!(same(&one, &other).unwrap(), "{length}");
            fs::remove_file(&other).unwrap();
        }
    }

    #[test]
    fn a_shorter_content_leaves_nothing_of_a_longer_one() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        fs::write(&one, "a").unwrap();
        fs::write(&other, "bbb").unwrap();
        assert!(!same(&one, &other).unwrap());
        overwrite(&one, &other).unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "a");
    }
}
