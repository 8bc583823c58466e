//! All that `ambit` says to people: on stderr.

use std::env;
use std::io::Write;

use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};

use crate::problem::Problem;

/// Says what is wrong. Where stderr takes no colours, none are written.
pub(crate) fn say(problem: &Problem) {
    let mut text = String::new();
    // The name of the program stands where miette has a symbol, and begins the line. A message that cannot be written has no other place to go, here and below.
    let _ = GraphicalReportHandler::new_themed(theme(is_unicode(|name| env::var(name).ok())))
        .with_wrap_lines(false)
        .with_cause_chain()
        .render_report(&mut text, problem);
    let _ = anstream::stderr().write_all(text.trim_start().as_bytes());
}

/// Passes on what a plugin writes, as it writes it.
pub(crate) fn pass_on(output: &[u8]) {
    let _ = std::io::stderr().write_all(output);
}

fn theme(is_unicode: bool) -> GraphicalTheme {
    let characters = if is_unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    let (error, warning) = ("ambit:".to_owned(), "ambit: warning:".to_owned());
    GraphicalTheme {
        characters: ThemeCharacters { error, warning, ..characters },
        styles: ThemeStyles::ansi(),
    }
}

/// Whether the locale's encoding is UTF-8: the first of the three variables that is set decides, as POSIX says.
fn is_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides_on_the_encoding() {
        let with = |set: &[(&str, &str)]| {
            is_unicode(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(with(&[("LANG", "en_GB.UTF-8")]));
        assert!(with(&[("LC_ALL", ""), ("LANG", "C.utf8")]));
        assert!(!with(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]));
        assert!(!with(&[]));
    }
}
