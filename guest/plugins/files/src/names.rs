//! Names that nobody else has.

use std::hash::{BuildHasher, RandomState};

/// Without letters that look like others; 32 of them, so that one is five bits.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// How many letters a name has: 60 bits.
const LENGTH: usize = 12;

/// A random number.
///
/// The keys of the standard library's hash maps are the system's randomness, and they can be had without a further
/// dependency: `wasi:random` in a guest, `getrandom` in a test.
#[must_use]
pub fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// A name of twelve letters and digits, which nobody can foresee.
#[must_use]
pub fn fresh() -> String {
    let mut bits = random();
    let mut next = || {
        let letter = LETTERS[(bits % 32) as usize];
        bits /= 32;
        char::from(letter)
    };
    (0..LENGTH).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_differ() {
        let names: HashSet<_> = (0..1000).map(|_| fresh()).collect();
        assert_eq!(names.len(), 1000);
    }

    #[test]
    fn a_name_is_twelve_letters_that_any_file_system_takes() {
        let name = fresh();
        assert_eq!(name.len(), LENGTH);
        assert!(name.bytes().all(|letter| LETTERS.contains(&letter)), "{name}");
    }
}
