//! What somebody may have meant: [`nearest`].

/// The word nearest to the one that was written, if one is like it.
pub(crate) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |word: &&str| strsim::jaro_winkler(written, word);
    known
        .iter()
        .copied()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|word| likeness(word) > LIKE)
}

/// `a`, `b` and `c`.
pub(crate) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// From where on two words are like each other: `prefx` and `prefix` are, `prefix` and `parent` are not.
const LIKE: f64 = 0.8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_another_word() {
        let known = ["prefix", "parent", "keep_on_error"];
        assert_eq!(nearest("prefx", &known), Some("prefix"));
        assert_eq!(nearest("keep", &known), Some("keep_on_error"));
        assert_eq!(nearest("label", &known), None);
        assert_eq!(nearest("label", &[]), None);
    }

    #[test]
    fn a_list_is_read_as_a_sentence() {
        assert_eq!(list(&["a"]), "`a`");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
