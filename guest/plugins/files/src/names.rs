//! Names that nobody else has.

/// Without letters that look like others; 32 of them, so that one is five bits.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// How many letters a name has: 60 bits.
const LENGTH: usize = 12;

/// A random number that nobody can foresee.
///
/// Not by the keys of hash maps, as in a test: in a guest they come of `insecure-seed`, which a host may leave constant, and then
/// two processes would take each other's locks for their own.
#[cfg(target_arch = "wasm32")]
#[must_use]
pub fn random() -> u64 {
    wasip2::random::random::get_random_u64()
}

/// A random number.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
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
