//! Values as JSON text: [`json`].

use serde::Serialize;

use crate::finite::Finite;

/// As `serde_json::to_string`, whose 128 bytes to begin with would be cut on the way out. A number that JSON has not is refused.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let mut text = Vec::new();
    serde_json::to_writer(&mut text, value)?;
    let text = String::from_utf8(text).map_err(serde::ser::Error::custom)?;
    if text.contains("null") {
        value.serialize(Finite)?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize)]
    enum Parts {
        Unit,
        New(f32),
        Tuple(u8, f64),
        Struct { time: Option<f64> },
    }

    #[derive(Serialize)]
    struct Pair(&'static str, f64);

    #[test]
    fn a_number_that_json_has_not_is_refused_wherever_it_is() {
        #[track_caller]
        fn check(value: &impl Serialize) {
            let refused = json(value).unwrap_err().to_string();
            assert!(refused.ends_with("is no number of JSON"), "{refused}");
        }
        check(&f64::NAN);
        check(&f32::INFINITY);
        check(&vec![1.0, f64::NEG_INFINITY]);
        check(&(1, f64::NAN));
        check(&Some(Some(f64::NAN)));
        check(&BTreeMap::from([("a", f64::NAN)]));
        check(&Pair("a", f64::NAN));
        check(&[Parts::Unit, Parts::New(f32::NAN)]);
        check(&Parts::Tuple(1, f64::NAN));
        check(&Parts::Struct { time: Some(f64::NAN) });
    }

    #[test]
    fn null_and_its_name_are_written() {
        assert_eq!(json(&Parts::Struct { time: None }).unwrap(), r#"{"Struct":{"time":null}}"#);
        assert_eq!(json(&((), "null", Some(1.5), b"n")).unwrap(), r#"[null,"null",1.5,[110]]"#);
    }
}
