//! When colours are used: [`Color`].

use std::ffi::OsString;

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

/// When colours are used. `auto`: where stderr is a terminal, and `NO_COLOR` is not set.
#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// What the arguments say, before they are read as a whole: also where they turn out to be wrong.
    pub(crate) fn of_arguments(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let own: Vec<OsString> = arguments.into_iter().take_while(|argument| argument != "--").collect();
        let follows = own.iter().zip(own.iter().skip(1)).find(|(option, _)| *option == "--color");
        let joined = own.iter().find_map(|argument| argument.to_str()?.strip_prefix("--color="));
        let word = follows.and_then(|(_, word)| word.to_str()).or(joined);
        word.and_then(|word| Self::from_str(word, false).ok()).unwrap_or_default()
    }

    /// Makes it hold for all that is written on stderr.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        }
        .write_global();
    }

    /// Whether stderr takes colours, once it was applied.
    pub(crate) fn is_on(self) -> bool {
        AutoStream::choice(&std::io::stderr()) != ColorChoice::Never
    }
}

impl From<Color> for clap::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &str, expected: Color) {
        assert_eq!(Color::of_arguments(arguments.split(' ').map(OsString::from)), expected, "{arguments}");
    }

    #[test]
    fn colours_are_asked_for_before_the_command() {
        check("ambit with --color never", Color::Never);
        check("ambit --color=always with", Color::Always);
        check("ambit with -- ls --color=always", Color::Auto);
        check("ambit --color pink", Color::Auto);
    }
}
