//! The files that an artifact was made of, as cargo lists them beside it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Error;

/// The sources in a `.d` file: those of the package and of its path dependencies, and what they include.
pub(crate) fn read(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    Ok(text.lines().flat_map(sources).collect())
}

/// The right side of a rule `made: source source`; a space inside of a name is escaped.
fn sources(rule: &str) -> Vec<PathBuf> {
    let Some((_, sources)) = rule.split_once(": ") else { return Vec::new() };
    let escaped = sources.replace("\\ ", "\0");
    escaped.split_whitespace().map(|path| PathBuf::from(path.replace('\0', " "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_names_its_sources() {
        assert_eq!(sources("/t/a.wasm: /s/lib.rs /w/a.wit"), [Path::new("/s/lib.rs"), Path::new("/w/a.wit")]);
    }

    #[test]
    fn a_space_inside_of_a_name_does_not_end_it() {
        assert_eq!(sources("/t/a.wasm: /my\\ work/lib.rs"), [Path::new("/my work/lib.rs")]);
    }

    #[test]
    fn a_line_that_is_no_rule_names_none() {
        assert!(sources("").is_empty());
    }
}
