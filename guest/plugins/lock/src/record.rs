//! What stands in a lock file.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock;

/// Who holds a lock. In the file it is one line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    ambit: Marker,
    /// What the holder calls itself; may be empty.
    pub(crate) holder: String,
    /// When it was acquired, for people.
    pub(crate) since: String,
    since_ms: u64,
    /// Names this one acquisition among all that there ever are.
    pub(crate) token: String,
}

/// Tells a lock file from all other files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Marker {
    #[serde(rename = "lock")]
    Lock,
}

/// How a lock file can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is not there.
    Free,
    Held(Record),
    /// It is there, and somebody is about to write into it, or was and died.
    Unwritten,
    /// It is there, and is not a lock file of ours.
    Foreign,
}

impl Record {
    /// A new acquisition.
    pub(crate) fn new(holder: &str, token: String, now_ms: u64) -> Self {
        Self {
            ambit: Marker::Lock,
            holder: shown(holder),
            since: clock::date_time(now_ms),
            since_ms: now_ms,
            token,
        }
    }

    /// What is to be written.
    pub(crate) fn text(&self) -> String {
        // Strings and a number cannot fail to be written.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// How long it is held; a time in the future is no time at all, as with clocks that do not agree.
    pub(crate) fn age(&self, now_ms: u64) -> Duration {
        Duration::from_millis(now_ms.saturating_sub(self.since_ms))
    }

    /// `` by `nightly` since 2025-11-22 12:03:04 UTC, 5 min ago ``.
    pub(crate) fn describe(&self, now_ms: u64) -> String {
        let by = if self.holder.is_empty() { String::new() } else { format!("by `{}` ", self.holder) };
        // The number, not the text beside it: that is somebody else's.
        let since = clock::date_time(self.since_ms);
        format!("{by}since {since}, {} ago", clock::roughly(self.age(now_ms)))
    }

    /// The token becomes a part of file names, and the holder of messages: neither is believed as it is read.
    pub(crate) fn is_sound(&self) -> bool {
        let token = (1..=64).contains(&self.token.len());
        token && self.token.bytes().all(|letter| letter.is_ascii_alphanumeric())
    }
}

/// A holder's name as it may be shown on other people's terminals.
fn shown(holder: &str) -> String {
    holder.chars().take(HOLDER).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// How many letters of a holder are kept.
const HOLDER: usize = 100;

impl State {
    /// Reads what stands in a lock file.
    pub(crate) fn read(text: &str) -> Self {
        if text.is_empty() {
            return Self::Unwritten;
        }
        match serde_json::from_str::<Record>(text) {
            Ok(record) if record.is_sound() => Self::Held(Record { holder: shown(&record.holder), ..record }),
            Ok(_) => Self::Foreign,
            Err(error) if error.is_eof() && text.starts_with(START) => Self::Unwritten,
            Err(_) => Self::Foreign,
        }
    }
}

/// How each lock file begins.
const START: &str = r#"{"ambit":"lock""#;

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_763_812_984_000;

    fn record() -> Record {
        Record::new("nightly", "abc".to_owned(), MS)
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(
            record().text(),
            "{\"ambit\":\"lock\",\"holder\":\"nightly\",\"since\":\"2025-11-22 12:03:04 UTC\",\
             \"since_ms\":1763812984000,\"token\":\"abc\"}\n"
        );
        assert_eq!(State::read(&record().text()), State::Held(record()));
    }

    #[test]
    fn a_file_that_was_not_written_to_its_end_is_a_lock_of_somebody() {
        let text = record().text();
        for length in std::iter::once(0).chain(START.len()..text.len() - 2) {
            assert_eq!(State::read(&text[..length]), State::Unwritten, "{length}");
        }
    }

    #[test]
    fn any_other_file_is_foreign() {
        for text in ["[workspace]", "{}", "{", "\n", r#"{"ambit":"other"}"#] {
            assert_eq!(State::read(text), State::Foreign, "{text}");
        }
    }

    #[test]
    fn a_token_that_leads_elsewhere_is_foreign() {
        for token in ["../../a", "", "a b", &"a".repeat(65)] {
            let text = Record { token: token.to_owned(), ..record() }.text();
            assert_eq!(State::read(&text), State::Foreign, "{token}");
        }
    }

    #[test]
    fn a_holder_moves_no_cursor_and_fills_no_screen() {
        let text = Record { holder: format!("a\u{1b}[2J{}", "b".repeat(1000)), ..record() }.text();
        let State::Held(read) = State::read(&text) else { panic!("it is a lock") };
        assert!(read.holder.starts_with("a [2Jb"));
        assert_eq!(read.holder.len(), HOLDER);
    }

    #[test]
    fn it_says_who_and_since_when() {
        let now = MS + 301_000;
        assert_eq!(record().describe(now), "by `nightly` since 2025-11-22 12:03:04 UTC, 5 min ago");
        let nobody = Record::new("", "abc".to_owned(), MS);
        assert_eq!(nobody.describe(MS - 5), "since 2025-11-22 12:03:04 UTC, 0 s ago");
    }
}
