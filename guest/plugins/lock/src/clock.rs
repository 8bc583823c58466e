//! What time it is, and how people write it.

use std::time::{Duration, SystemTime};

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `2025-11-22 12:03:04 UTC`.
pub(crate) fn date_time(ms: u64) -> String {
    let seconds = ms / 1000;
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// `42 s`, `5 min`, `3 h`, `2 d`: for a rough idea.
pub(crate) fn roughly(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// Year, month and day of a day after 1970-01-01: `civil_from_days` of Howard Hinnant's `chrono`-compatible algorithms,
/// <https://howardhinnant.github.io/date_algorithms.html>.
fn civil(day: u64) -> (u64, u64, u64) {
    // Counted from 0000-03-01, so that the leap day is the last of a year.
    let day = day + 719_468;
    let (era, day_of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: u64, expected: &str) {
        assert_eq!(date_time(seconds * 1000), expected);
    }

    #[test]
    fn a_time_is_a_date_and_a_time_of_day() {
        check(0, "1970-01-01 00:00:00 UTC");
        check(951_782_400, "2000-02-29 00:00:00 UTC");
        check(951_868_800, "2000-03-01 00:00:00 UTC");
        check(1_763_812_984, "2025-11-22 12:03:04 UTC");
        check(4_107_542_399, "2100-02-28 23:59:59 UTC");
        check(4_107_542_400, "2100-03-01 00:00:00 UTC");
    }

    #[test]
    fn no_number_is_too_large() {
        assert!(date_time(u64::MAX).ends_with(" UTC"));
    }

    #[test]
    fn an_age_is_said_in_the_unit_that_fits() {
        let said = [0, 119, 120, 7_199, 7_200, 172_799, 172_800].map(|age| roughly(Duration::from_secs(age)));
        assert_eq!(said, ["0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"]);
    }
}
