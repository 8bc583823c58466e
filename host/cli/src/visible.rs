//! Text of others, as it may reach a terminal: [`text`] and [`line()`].
//!
//! Plugins write messages, notes, kinds and docs, and a terminal obeys what is written to it: it can be made to hide a line, to
//! show another order of letters, or to type an answer.

use std::borrow::Cow;

/// With its control characters escaped, apart from those that lay it out: the ends of lines, and tabs.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_obeyed(c) && c != '\n' && c != '\t')
}

/// With all control characters escaped, for what stands in one line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_obeyed)
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_escaped(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and the marks of Unicode that turn the order of what is shown.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        assert_eq!(text("a\x1b]0;title\x07b"), r"a\u{1b}]0;title\u{7}b");
        assert_eq!(text("over\r\x08\x7f\u{9b}2J"), r"over\r\u{8}\u{7f}\u{9b}2J");
        assert_eq!(text("\u{202e}txt.exe"), r"\u{202e}txt.exe");
    }

    #[test]
    fn lines_and_tabs_stay_in_a_text_and_are_escaped_in_a_line() {
        assert_eq!(text("one\n\ttwo"), "one\n\ttwo");
        assert_eq!(line("one\n\ttwo"), r"one\n\ttwo");
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for plain in ["", r"C:\dir", "größe – 大きさ 🦀"] {
            assert!(matches!(text(plain), Cow::Borrowed(same) if same == plain), "{plain}");
            assert!(matches!(line(plain), Cow::Borrowed(same) if same == plain), "{plain}");
        }
    }
}
