//! A duration as people say it.

use std::time::Duration;

/// With two or three digits that count: `812 µs`, `12.3 ms`, `1.42 s`, `2 min 03 s`, `1 h 02 min`, `3 d 04 h`.
pub(crate) fn human(duration: Duration) -> String {
    let ns = duration.as_nanos();
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..MS => digits(ns, US, "µs"),
        MS..S => digits(ns, MS, "ms"),
        S..MIN => digits(ns, S, "s"),
        // Whole seconds from here on; a rounded one may fill up the minute.
        MIN.. => pair((ns + S / 2) / S),
    }
}

const US: u128 = 1_000;
const MS: u128 = 1_000 * US;
const S: u128 = 1_000 * MS;
const MIN: u128 = 60 * S;

/// Cut, not rounded: 999.9 ms is not 1,000 ms.
fn digits(ns: u128, unit: u128, name: &str) -> String {
    let (whole, hundredths) = (ns / unit, ns % unit * 100 / unit);
    match whole {
        0..10 => format!("{whole}.{hundredths:02} {name}"),
        10..100 => format!("{whole}.{} {name}", hundredths / 10),
        _ => format!("{whole} {name}"),
    }
}

fn pair(seconds: u128) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours) {
        (0, 0) => format!("{minutes} min {:02} s", seconds % 60),
        (0, _) => format!("{hours} h {:02} min", minutes % 60),
        (..) => format!("{days} d {:02} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(duration: Duration, expected: &str) {
        assert_eq!(human(duration), expected);
    }

    #[test]
    fn less_than_a_minute_has_a_fraction_where_that_says_something() {
        check(Duration::ZERO, "0 ns");
        check(Duration::from_nanos(812), "812 ns");
        check(Duration::from_nanos(1_425), "1.42 µs");
        check(Duration::from_micros(812), "812 µs");
        check(Duration::from_micros(12_345), "12.3 ms");
        check(Duration::from_nanos(999_999_999), "999 ms");
        check(Duration::from_millis(1_000), "1.00 s");
        check(Duration::from_millis(59_999), "59.9 s");
    }

    #[test]
    fn a_minute_and_more_is_said_in_two_units() {
        check(Duration::from_secs(60), "1 min 00 s");
        check(Duration::from_millis(119_600), "2 min 00 s");
        check(Duration::from_secs(3_599), "59 min 59 s");
        check(Duration::from_secs(3_720), "1 h 02 min");
        check(Duration::from_secs(3 * 86_400 + 4 * 3_600), "3 d 04 h");
    }

    #[test]
    fn no_duration_is_too_long() {
        assert!(human(Duration::MAX).ends_with(" h"));
    }
}
