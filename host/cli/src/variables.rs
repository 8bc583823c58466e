//! What the command sees of values: [`Variables`].

use serde_json::Value;

use crate::expression::is_variable;

/// The environment variables for the values that are bound by `as`.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    named: Vec<(String, String)>,
    fields: Vec<(String, String)>,
}

/// The name of a variable whose value has a zero byte, which no environment can hold.
#[derive(Debug, PartialEq)]
pub(crate) struct ZeroByte(pub(crate) String);

impl Variables {
    /// Binds a value as `name`: a string as it is, anything else as JSON. Of an object, each field is bound too, as
    /// `name_FIELD` with the field in upper case, where that is a name that shells take.
    pub(crate) fn bind(&mut self, name: &str, value: &Value) -> Result<(), ZeroByte> {
        for (field, value) in value.as_object().into_iter().flatten() {
            let name = format!("{name}_{}", field.to_uppercase());
            if is_variable(&name) {
                self.fields.push((name.clone(), text(name, value)?));
            }
        }
        self.named.push((name.to_owned(), text(name.to_owned(), value)?));
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

fn text(name: String, value: &Value) -> Result<String, ZeroByte> {
    match value {
        Value::String(text) if text.contains('\0') => Err(ZeroByte(name)),
        Value::String(text) => Ok(text.clone()),
        other => Ok(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(bound: &[(&str, Value)], expected: &[(&str, &str)]) {
        let mut variables = Variables::default();
        for (name, value) in bound {
            variables.bind(name, value).unwrap();
        }
        assert_eq!(variables.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_string_is_given_as_it_is() {
        check(&[("V", json!("/tmp/a b"))], &[("V", "/tmp/a b")]);
    }

    #[test]
    fn anything_else_is_given_as_json() {
        check(&[("V", json!(["a", 1]))], &[("V", r#"["a",1]"#)]);
        check(&[("V", json!(null))], &[("V", "null")]);
        check(&[("V", json!(1.5))], &[("V", "1.5")]);
    }

    #[test]
    fn the_fields_of_an_object_are_given_one_by_one_too() {
        check(
            &[("V", json!({"path": "/x", "held": true}))],
            &[("V_HELD", "true"), ("V_PATH", "/x"), ("V", r#"{"held":true,"path":"/x"}"#)],
        );
    }

    #[test]
    fn a_field_that_makes_no_name_is_only_in_the_object() {
        check(&[("V", json!({"stale-after": 3, "größe": 1}))], &[("V", r#"{"größe":1,"stale-after":3}"#)]);
    }

    #[test]
    fn a_name_wins_over_a_field() {
        check(
            &[("V_A", json!("named")), ("V", json!({"a": "field"}))],
            &[("V_A", "field"), ("V_A", "named"), ("V", r#"{"a":"field"}"#)],
        );
    }

    #[test]
    fn the_largest_is_told() {
        let mut variables = Variables::default();
        assert_eq!(variables.largest(), None);
        variables.bind("A", &json!("aaa")).unwrap();
        variables.bind("B", &json!("b")).unwrap();
        assert_eq!(variables.largest(), Some(("A", 3)));
    }

    #[test]
    fn a_zero_byte_is_refused() {
        let bind = |value: Value| Variables::default().bind("V", &value);
        assert_eq!(bind(json!("a\0b")), Err(ZeroByte("V".to_owned())));
        assert_eq!(bind(json!({"a": "\0"})), Err(ZeroByte("V_A".to_owned())));
        assert_eq!(bind(json!(["\0"])), Ok(()));
    }
}
