//! Amounts as people write them: [`duration`] and [`bytes`].

use std::time::Duration;

/// `30s`, `500ms`, `1.5m`, `1h`; without a unit, seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let units = [("", 1.0), ("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    amount(text, &units)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| {
            "a duration is a number of seconds, or has a unit, and is more than nothing: `30`, `500ms`, `1.5m`, `1h`"
                .to_owned()
        })
}

/// `64MiB`, `512K`, `1g`: units are powers of 1024; without a unit, bytes.
pub(crate) fn bytes(text: &str) -> Result<usize, String> {
    let units = [("", 1.0), ("b", 1.0), ("k", KIB), ("m", KIB * KIB), ("g", KIB * KIB * KIB)];
    let short = text.trim().to_ascii_lowercase();
    let short = short.strip_suffix("ib").unwrap_or(&short);
    amount(short, &units).filter(|bytes| (1.0..LARGEST).contains(bytes)).map(whole).ok_or_else(|| {
        "a size is a number of bytes, or has a unit, and is one byte at least: `65536`, `512KiB`, `64MiB`, `1GiB`"
            .to_owned()
    })
}

/// As [`bytes`], of what a stack may have: with less no plugin runs, and Wasmtime takes no more.
pub(crate) fn stack(text: &str) -> Result<usize, String> {
    let within = bytes(text)?;
    let form = || "the stack of a plugin has 64KiB at least, and 2MiB at most".to_owned();
    (64 << 10..=2 << 20).contains(&within).then_some(within).ok_or_else(form)
}

const KIB: f64 = 1024.0;

/// What a 64-bit memory could have at most, far beyond any machine.
const LARGEST: f64 = 9.0e15;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and `LARGEST`")]
fn whole(bytes: f64) -> usize {
    bytes as usize
}

fn amount(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let text = text.trim();
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.trim_end().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        let ms = |text| duration(text).unwrap().as_millis();
        assert_eq!(["30", "30s", "500ms", "1.5m", "2 h"].map(ms), [30_000, 30_000, 500, 90_000, 7_200_000]);
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "s", "-1s", "0", "5 parsecs", "1e999s", "1s2", "NaN"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_is_a_number_and_a_unit() {
        let bytes = |text| bytes(text).unwrap();
        assert_eq!(["65536", "64KiB", "64k", "0.0625 M"].map(bytes), [65_536; 4]);
        assert_eq!(["2GiB", "2g"].map(bytes), [2 << 30; 2]);
    }

    #[test]
    fn a_stack_has_bounds() {
        assert_eq!(["64KiB", "2MiB"].map(|text| stack(text).unwrap()), [64 << 10, 2 << 20]);
        for text in ["65535", "2097153", "1GiB", "much"] {
            assert!(stack(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "MiB", "-1", "0", "1TB", "1e99G"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
