//! Values as JSON text: [`json`].

use serde::Serialize;

/// As `serde_json::to_string`, whose 128 bytes to begin with would be cut on the way out.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let mut text = Vec::new();
    serde_json::to_writer(&mut text, value)?;
    String::from_utf8(text).map_err(serde::ser::Error::custom)
}
