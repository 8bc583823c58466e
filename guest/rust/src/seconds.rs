//! An argument that is a time: [`Seconds`].

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A time that is given as a number of seconds: `0.5`, `30`.
///
/// As the type of a parameter it refuses what no clock can count, which `Duration::from_secs_f64` would panic at: less than
/// nothing, more than 1e19, and what is no number.
///
/// # Examples
/// ```
/// use ambit_guest::testing::{enter, json};
/// use ambit_guest::{Result, Scope, Seconds, manager};
/// use std::time::Duration;
///
/// /// Gives how long it would wait.
/// #[manager]
/// async fn waits(#[default(30)] wait: Seconds, scope: Scope<Duration>) -> Result {
///     scope.yields(wait.into()).await
/// }
///
/// let refused = enter(waits, json!({"wait": -1})).unwrap_err();
/// assert_eq!(refused.message(), "argument `wait`: -1.0 is no time: give seconds, a number from 0 to 1e19");
/// assert!(refused.is("invalid-argument:wait"));
/// # enter(waits, json!({"wait": 0.5})).unwrap().exit(Ok(())).unwrap();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(Duration);

impl From<Seconds> for Duration {
    fn from(Seconds(time): Seconds) -> Self {
        time
    }
}

impl From<Duration> for Seconds {
    fn from(time: Duration) -> Self {
        Self(time)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Seconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("seconds, a number from 0 to 1e19")
            }

            fn visit_f64<E: Error>(self, seconds: f64) -> Result<Seconds, E> {
                Duration::try_from_secs_f64(seconds).map(Seconds).map_err(|_| {
                    E::custom(format_args!("{seconds:?} is no time: give seconds, a number from 0 to 1e19"))
                })
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Seconds, E> {
                Ok(Seconds(Duration::from_secs(seconds)))
            }

            fn visit_i64<E: Error>(self, seconds: i64) -> Result<Seconds, E> {
                #[expect(clippy::cast_precision_loss, reason = "it is negative, and refused")]
                self.visit_f64(seconds as f64)
            }
        }
        deserializer.deserialize_f64(Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: Duration) {
        assert_eq!(Duration::from(serde_json::from_str::<Seconds>(json).unwrap()), expected);
    }

    #[test]
    fn a_number_is_a_time() {
        check("0", Duration::ZERO);
        check("0.5", Duration::from_millis(500));
        check("30", Duration::from_secs(30));
        check("1e19", Duration::from_secs(10_000_000_000_000_000_000));
        check("18446744073709551615", Duration::from_secs(u64::MAX));
    }

    #[test]
    fn what_no_clock_can_count_is_refused() {
        for (json, said) in [
            ("-1", "-1.0 is no time: give seconds, a number from 0 to 1e19"),
            ("-0.5", "-0.5 is no time: give seconds, a number from 0 to 1e19"),
            ("1e300", "1e300 is no time: give seconds, a number from 0 to 1e19"),
            ("\"NaN\"", "invalid type: string \"NaN\", expected seconds, a number from 0 to 1e19"),
        ] {
            let refused = serde_json::from_str::<Seconds>(json).unwrap_err().to_string();
            assert!(refused.starts_with(said), "{refused}");
        }
    }
}
