//! The line that is written.

use std::time::Duration;

use ambit_guest::{Error, Family, Result};

use crate::duration::human;

/// The line about a body that ended.
pub(crate) fn ended(label: &str, took: Duration, body: &Result) -> String {
    let took = human(took);
    let ending = match body {
        Ok(()) => format!("completed in {took}"),
        Err(error) if error.family() == Family::Cancelled => {
            format!("cancelled after {took}{}", reason(error))
        }
        Err(error) => format!("failed in {took}{}", reason(error)),
    };
    line(label, &ending)
}

/// The line about a body of which nobody says how it ended.
pub(crate) fn given_up(label: &str, took: Duration) -> String {
    line(label, &format!("given up after {}", human(took)))
}

/// Its most specific kind and its message.
fn reason(error: &Error) -> String {
    let kind = error.kinds().first().map(String::as_str).unwrap_or_default();
    let parts = [kind, error.message()].into_iter().filter(|part| !part.is_empty());
    parts.map(|part| format!(": {part}")).collect()
}

fn line(label: &str, ending: &str) -> String {
    let line = if label.is_empty() { ending.to_owned() } else { format!("{label}: {ending}") };
    // It goes to a terminal: what a message contains must not move its cursor.
    line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use ambit_guest::testing::raised;

    use super::*;

    const TOOK: Duration = Duration::from_millis(1_420);

    #[track_caller]
    fn check(label: &str, body: Result, expected: &str) {
        assert_eq!(ended(label, TOOK, &body), expected);
    }

    #[test]
    fn it_says_how_the_body_ended() {
        check("", Ok(()), "completed in 1.42 s");
        let error = Error::new(["exit-status:3", "exit-status"], "the command ended with status 3");
        check("", Err(error), "failed in 1.42 s: exit-status:3: the command ended with status 3");
        let error = raised(Family::Cancelled, "interrupted", "");
        check("", Err(error), "cancelled after 1.42 s: interrupted");
        assert_eq!(given_up("", TOOK), "given up after 1.42 s");
    }

    #[test]
    fn the_label_stands_ahead() {
        check("tests", Ok(()), "tests: completed in 1.42 s");
        assert_eq!(given_up("tests", TOOK), "tests: given up after 1.42 s");
    }

    #[test]
    fn it_is_one_line_and_moves_no_cursor() {
        let error = Error::new([] as [&str; 0], "first\nsecond\u{1b}[2J");
        check("a\r\nb", Err(error), "a  b: failed in 1.42 s: first second [2J");
    }
}
