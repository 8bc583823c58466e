//! What the command sees of values: [`Variables`].

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::expression::is_variable;

/// The environment variables for the values that are bound by `as`.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    named: Vec<(String, String)>,
    fields: Vec<(String, String)>,
}

/// A variable that no environment can hold.
#[derive(Debug, PartialEq)]
pub(crate) struct Unusable {
    /// Its name.
    pub(crate) variable: String,
    /// What is wrong with its value.
    pub(crate) why: String,
}

impl Variables {
    /// Binds a value as `name`: a string as it is, anything else as the JSON that the manager wrote, with each digit of a number.
    /// Of an object, each field is bound too, as `name_FIELD` with the field in upper case, where that is a name that shells take.
    pub(crate) fn bind(&mut self, name: &str, value: &RawValue) -> Result<(), Unusable> {
        for (field, value) in fields(name, value)? {
            let name = format!("{name}_{}", field.to_uppercase());
            if is_variable(&name) {
                self.fields.push((name.clone(), text(&name, value)?));
            }
        }
        self.named.push((name.to_owned(), text(name, value)?));
        Ok(())
    }

    /// All variables, in the order in which they are to be set: what `as` names wins over a field.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().chain(&self.named).map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The longest: its name, and how many bytes the value has.
    pub(crate) fn largest(&self) -> Option<(&str, usize)> {
        self.iter().map(|(name, text)| (name, text.len())).max_by_key(|(_, length)| *length)
    }
}

/// The fields of an object, by their names; of anything else there are none.
fn fields<'a>(name: &str, value: &'a RawValue) -> Result<BTreeMap<String, &'a RawValue>, Unusable> {
    let json = value.get();
    if json.starts_with('{') { read(name, json) } else { Ok(BTreeMap::new()) }
}

fn text(name: &str, value: &RawValue) -> Result<String, Unusable> {
    let json = value.get();
    if !json.starts_with('"') {
        return Ok(json.to_owned());
    }
    let text: String = read(name, json)?;
    let why = "has a zero byte, which no environment can hold";
    if text.contains('\0') { Err(Unusable::new(name, why)) } else { Ok(text) }
}

/// What is JSON already may still have half of a surrogate pair in it, which is no text.
fn read<'a, T: Deserialize<'a>>(name: &str, json: &'a str) -> Result<T, Unusable> {
    serde_json::from_str(json).map_err(|error| Unusable::new(name, format!("is no text: {error}")))
}

impl Unusable {
    fn new(variable: &str, why: impl Into<String>) -> Self {
        Self { variable: variable.to_owned(), why: why.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(variables: &mut Variables, name: &str, json: &str) -> Result<(), Unusable> {
        variables.bind(name, serde_json::from_str(json).unwrap())
    }

    #[track_caller]
    fn check(bound: &[(&str, &str)], expected: &[(&str, &str)]) {
        let mut variables = Variables::default();
        for (name, json) in bound {
            bind(&mut variables, name, json).unwrap();
        }
        assert_eq!(variables.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_string_is_given_as_it_is() {
        check(&[("V", r#""/tmp/a\u0020b""#)], &[("V", "/tmp/a b")]);
    }

    #[test]
    fn anything_else_is_given_as_json() {
        check(&[("V", r#"["a", 1]"#)], &[("V", r#"["a", 1]"#)]);
        check(&[("V", " null ")], &[("V", "null")]);
        check(&[("V", "1.5")], &[("V", "1.5")]);
    }

    #[test]
    fn a_number_is_given_as_it_was_written() {
        for number in
            ["1180591620717411303424", "-18446744073709551617", "1.0", "1e400", "0.1000000000000000055"]
        {
            let object = format!(r#"{{"n":{number}}}"#);
            check(&[("V", number)], &[("V", number)]);
            check(&[("V", &object)], &[("V_N", number), ("V", &object)]);
        }
    }

    #[test]
    fn the_fields_of_an_object_are_given_one_by_one_too() {
        check(
            &[("V", r#"{"path":"/x","held":true}"#)],
            &[("V_HELD", "true"), ("V_PATH", "/x"), ("V", r#"{"path":"/x","held":true}"#)],
        );
    }

    #[test]
    fn a_field_that_makes_no_name_is_only_in_the_object() {
        let object = r#"{"stale-after":3,"größe":1}"#;
        check(&[("V", object)], &[("V", object)]);
    }

    #[test]
    fn a_name_wins_over_a_field() {
        check(
            &[("V_A", r#""named""#), ("V", r#"{"a":"field"}"#)],
            &[("V_A", "field"), ("V_A", "named"), ("V", r#"{"a":"field"}"#)],
        );
    }

    #[test]
    fn the_largest_is_told() {
        let mut variables = Variables::default();
        assert_eq!(variables.largest(), None);
        bind(&mut variables, "A", r#""aaa""#).unwrap();
        bind(&mut variables, "B", r#""b""#).unwrap();
        assert_eq!(variables.largest(), Some(("A", 3)));
    }

    #[test]
    fn a_zero_byte_and_half_a_surrogate_pair_are_refused() {
        let refused = |json| bind(&mut Variables::default(), "V", json).map_err(|wrong| wrong.variable);
        assert_eq!(refused(r#""a\u0000b""#), Err("V".to_owned()));
        assert_eq!(refused(r#"{"a":"\u0000"}"#), Err("V_A".to_owned()));
        assert_eq!(refused(r#"["\u0000"]"#), Ok(()));
        assert_eq!(refused(r#""\ud800""#), Err("V".to_owned()));
        assert_eq!(refused(r#"{"a":"\ud800"}"#), Err("V_A".to_owned()));
        assert_eq!(refused(r#"{"\ud800":1}"#), Err("V".to_owned()));
    }
}
