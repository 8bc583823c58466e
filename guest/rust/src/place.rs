//! Where in an argument its reader stopped, as people write it: `.retries[2]`.

use std::fmt::Write;

/// The place in valid JSON at which a reader stopped that had taken the first `taken` bytes; empty for the whole.
pub(crate) fn place(json: &str, taken: usize) -> String {
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut at = 0;
    let bytes = &json.as_bytes()[..taken.min(json.len())];
    while let Some(byte) = bytes.get(at) {
        match byte {
            // At a bracket that it did not take, the reader stopped before the value.
            b'{' | b'[' if at + 1 == bytes.len() => break,
            b'{' => steps.push(Step::Ahead),
            b'[' => steps.push(Step::Index(0)),
            b'}' | b']' => drop(steps.pop()),
            b',' => match steps.last_mut() {
                Some(Step::Index(index)) => *index += 1,
                Some(step) => *step = Step::Ahead,
                None => {}
            },
            b'"' => {
                let end = end_of_string(bytes, at + 1);
                if let Some(step @ Step::Ahead) = steps.last_mut() {
                    *step = Step::Key(json.get(at + 1..end).unwrap_or_default());
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    steps.iter().fold(String::new(), |mut place, step| {
        // Writing to a string cannot fail.
        let _ = match step {
            Step::Ahead => Ok(()),
            Step::Key(key) => write!(place, ".{key}"),
            Step::Index(index) => write!(place, "[{index}]"),
        };
        place
    })
}

/// One level of the place.
enum Step<'a> {
    /// In an object, ahead of a key.
    Ahead,
    Key(&'a str),
    Index(usize),
}

/// Where the quote stands that ends the string that begins at `at`.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;

    #[track_caller]
    fn check<T: DeserializeOwned>(json: &str, expected: &str) {
        let error = serde_json::from_str::<T>(json).map(drop).unwrap_err();
        assert_eq!(error.line(), 1);
        assert_eq!(place(json, error.column()), expected, "{error}");
    }

    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Retry {
        name: String,
        waits: Vec<u32>,
    }

    #[test]
    fn the_place_is_that_of_the_value_of_the_wrong_type() {
        check::<u32>("\"x\"", "");
        check::<u32>("[1]", "");
        check::<Vec<u32>>("[1, \"x\"]", "[1]");
        check::<Vec<u32>>("[1, 2, [3]]", "[2]");
        check::<Vec<u32>>("[1, {}]", "[1]");
        check::<Vec<u32>>("[1, 2.5]", "[1]");
        check::<Vec<Vec<u32>>>("[[1, 2], [3, null]]", "[1][1]");
        check::<Vec<Retry>>(r#"[{"name": "a,]}\"[{", "waits": [1, 2, true]}]"#, "[0].waits[2]");
        check::<Vec<Retry>>(r#"[{"name": "a", "waits": []}, {"name": 5}]"#, "[1].name");
    }

    #[test]
    fn what_lacks_a_field_is_the_place_of_that() {
        check::<Vec<Retry>>(r#"[{"name": "a", "waits": []}, {"name": "b"}]"#, "[1]");
        check::<Retry>("{}", "");
    }
}
