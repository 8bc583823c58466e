//! What plugins are written in: [`Language`].

use std::path::Path;

use crate::nearest::{list, nearest};
use crate::problem::{Failure, Problem};
use crate::status::Status;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    C,
    JavaScript,
    Python,
    Rust,
    TypeScript,
    Zig,
}

impl Language {
    pub(crate) const ALL: &[Self] =
        &[Self::C, Self::JavaScript, Self::Python, Self::Rust, Self::TypeScript, Self::Zig];

    /// As it is written on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::JavaScript => "javascript",
            Self::Python => "python",
            Self::Rust => "rust",
            Self::TypeScript => "typescript",
            Self::Zig => "zig",
        }
    }

    /// What the names of sources end in.
    pub(crate) fn endings(self) -> &'static [&'static str] {
        match self {
            Self::C => &["c"],
            Self::JavaScript => &["js", "mjs", "jsx"],
            Self::Python => &["py"],
            Self::Rust => &["rs"],
            Self::TypeScript => &["ts", "mts", "tsx"],
            Self::Zig => &["zig"],
        }
    }

    /// The one of that word, or of that ending.
    pub(crate) fn named(word: &str) -> Result<Self, Failure> {
        let written = word.to_ascii_lowercase();
        if let Some(language) =
            Self::find(|each| each.word() == written || each.endings().contains(&&*written))
        {
            return Ok(language);
        }
        let known: Vec<_> = Self::ALL.iter().map(|each| each.word()).collect();
        let help = match nearest(&written, &known) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("there is {}", list(&known)),
        };
        let wrong = Problem::new(format!("there is no language `{word}` to write a plugin in"));
        Err(wrong.help(help).ends(Status::Usage))
    }

    /// The one that a source is written in.
    pub(crate) fn of(source: &Path) -> Result<Self, Failure> {
        let ending = source.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        Self::find(|each| each.endings().contains(&ending)).ok_or_else(|| {
            let endings: Vec<_> = Self::ALL.iter().map(|each| format!(".{}", each.endings()[0])).collect();
            let endings: Vec<_> = endings.iter().map(String::as_str).collect();
            Problem::new(format!("`{}` is written in no language that is known here", source.display()))
                .help(format!("the name of a source ends in one of {}", list(&endings)))
                .ends(Status::Usage)
        })
    }

    fn find(is_it: impl Fn(Self) -> bool) -> Option<Self> {
        Self::ALL.iter().copied().find(|each| is_it(*each))
    }
}
