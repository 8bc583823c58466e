//! What a process holds: [`Held`].

use std::{fs, io};

/// What this process holds of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its open file descriptors.
    pub descriptors: usize,
    /// Its mappings of memory.
    pub maps: usize,
    /// The KiB of its memory that are resident.
    pub resident: usize,
}

impl Held {
    /// What it holds now, as Linux tells in `/proc`.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn now() -> io::Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let resident =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        let resident = resident.and_then(|kib| kib.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let descriptors = fs::read_dir("/proc/self/fd")?.count();
        let maps = fs::read_to_string("/proc/self/maps")?.lines().count();
        Ok(Self { descriptors, maps, resident })
    }

    /// The most of each.
    #[must_use]
    pub fn most(self, other: Self) -> Self {
        Self {
            descriptors: self.descriptors.max(other.descriptors),
            maps: self.maps.max(other.maps),
            resident: self.resident.max(other.resident),
        }
    }

    /// Whether any is more than that, by more than 1 %.
    pub(crate) fn exceeds(self, other: Self) -> bool {
        self.named().into_iter().zip(other.named()).any(|((_, own), (_, other))| own * 100 > other * 101)
    }

    /// Each by its name.
    #[must_use]
    pub fn named(self) -> [(&'static str, usize); 3] {
        let Self { descriptors, maps, resident } = self;
        [("memory, KiB", resident), ("descriptors", descriptors), ("maps", maps)]
    }
}
