//! A text of the contract: [`Text`].

use std::path::{Path, PathBuf};
use std::{fs, io};

use wit_parser::{PackageId, Resolve, SourceMap};

/// A text of the contract, in one file or several.
#[derive(Clone, Debug)]
pub struct Text {
    files: Vec<(PathBuf, String)>,
}

/// Why a text is no contract, or does not follow another.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// A file cannot be read.
    #[error("`{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no WIT, or has no world `plugin`.
    #[error("it is no text of the contract: {0}")]
    Invalid(String),
    /// A plugin that was built on the released text does not run on this one.
    #[error("a plugin built on the released text does not run on this one: {0}")]
    Breaking(String),
}

impl TextError {
    pub(crate) fn parse(error: impl std::fmt::Display) -> Self {
        Self::Invalid(format!("{error:#}"))
    }

    pub(crate) fn check(error: impl std::fmt::Display) -> Self {
        Self::Breaking(format!("{error:#}"))
    }
}

impl Text {
    /// A text in one file.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, TextError> {
        Ok(Self { files: vec![read(path.as_ref())?] })
    }

    /// A text in the `.wit` files of a folder.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn read_folder(path: impl AsRef<Path>) -> Result<Self, TextError> {
        let paths = files_of(path.as_ref())?;
        Ok(Self { files: paths.iter().map(|path| read(path)).collect::<Result<_, _>>()? })
    }

    /// The text with `old` replaced by `new`.
    ///
    /// # Panics
    /// `old` is not in it exactly once.
    #[must_use]
    #[track_caller]
    pub fn with(&self, old: &str, new: &str) -> Self {
        let found: usize = self.files.iter().map(|(_, text)| text.matches(old).count()).sum();
        assert_eq!(found, 1, "`{old}` is to be replaced, and must be in the text once");
        self.replaced(old, new)
    }

    /// Parses it into `resolve`.
    ///
    /// # Errors
    /// It is no WIT.
    pub fn push(&self, resolve: &mut Resolve) -> Result<PackageId, TextError> {
        let mut sources = SourceMap::default();
        for (path, text) in &self.files {
            sources.push(path, text);
        }
        let group = sources.parse().map_err(|(_, error)| TextError::parse(error))?;
        resolve.push_group(group).map_err(TextError::parse)
    }

    pub(crate) fn versioned(&self, version: &str) -> Self {
        self.replaced(
            &format!("package {PACKAGE}@{}", self.version()),
            &format!("package {PACKAGE}@{version}"),
        )
    }

    /// The version that it says it is.
    #[must_use]
    pub fn version(&self) -> &str {
        let lines = self.files.iter().flat_map(|(_, text)| text.lines());
        let versions =
            lines.filter_map(|line| line.strip_prefix("package ")?.strip_prefix(PACKAGE)?.strip_prefix('@'));
        versions.map(|version| version.trim_end_matches(';')).next().unwrap_or_default()
    }

    fn replaced(&self, old: &str, new: &str) -> Self {
        Self { files: self.files.iter().map(|(path, text)| (path.clone(), text.replace(old, new))).collect() }
    }
}

const PACKAGE: &str = "ambit:scope";

/// The `.wit` files of a folder, by name.
///
/// # Errors
/// It cannot be read.
pub fn files_of(folder: &Path) -> Result<Vec<PathBuf>, TextError> {
    let unreadable = |source| TextError::Unreadable { path: folder.into(), source };
    let entries = folder.read_dir().map_err(unreadable)?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<(PathBuf, String), TextError> {
    let text =
        fs::read_to_string(path).map_err(|source| TextError::Unreadable { path: path.into(), source })?;
    Ok((path.to_owned(), text))
}
