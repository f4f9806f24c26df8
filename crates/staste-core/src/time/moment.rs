//! `Moment`: the time of a kick or the end of a timespan: now, an instant, or a local time.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ZonedDateTime};

use crate::error::{Error, Result};
use crate::time::civil;
use crate::time::zone::{Zone, floor_seconds, timestamp};

/// The time of an event, or an end of a timespan.
///
/// ```
/// use staste::{Moment, Zone};
/// let zone = Zone::named("America/New_York")?;
/// assert_eq!(Moment::parse("2013-11-03T01:30")?.instant(&zone)?, 1_383_456_600);
/// assert_eq!(Moment::parse("2013-11-03T01:30-05:00")?.instant(&zone)?, 1_383_460_200);
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Moment {
    /// The time of the call, by the clock of the handle.
    #[default]
    Now,
    /// Unix seconds.
    Instant(i64),
    /// A local time in the Metrica's zone; the later instant of a gap and the earlier one of a fold.
    Local(DateTime),
}

impl Moment {
    /// Parses `YYYY-MM-DD`, `YYYY-MM-DD HH:MM[:SS]` with `T` or a space, the same with an offset or `Z`, or `now`.
    ///
    /// # Errors
    /// When the text has another form or the date does not exist.
    pub fn parse(text: &str) -> Result<Moment> {
        if text == "now" {
            return Ok(Moment::Now);
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(Moment::from(instant));
        }
        let truncated: String = text.chars().take(64).collect();
        if text.contains('[') {
            return Err(Error::invalid_input(format!(
                "invalid date {truncated:?}: expected an offset or Z instead of a time zone, such as 2013-11-03T01:30-05:00"
            )));
        }
        let local = text.parse::<DateTime>().map_err(|cause| {
            Error::invalid_input(format!(
                "invalid date {truncated:?}: expected YYYY-MM-DD, YYYY-MM-DDTHH:MM, the same with an offset or Z, or now"
            ))
            .because(cause)
        })?;
        Ok(Moment::Local(local))
    }

    /// Returns the instant in unix seconds. [`Moment::Now`] has none: the caller replaces it by the time of a clock.
    ///
    /// # Errors
    /// When it is [`Moment::Now`], or outside the years 1 to 9999.
    pub fn instant(self, zone: &Zone) -> Result<i64> {
        match self {
            Moment::Now => {
                Err(Error::invalid_input("invalid moment now: expected an instant or a local time"))
            }
            Moment::Instant(instant) => timestamp(instant).map(|_| instant),
            Moment::Local(local) => zone.instant(local),
        }
    }

    /// Returns the same moment with `now` for [`Moment::Now`].
    #[must_use]
    pub(crate) fn at(self, now: i64) -> Moment {
        if self == Moment::Now { Moment::Instant(now) } else { self }
    }

    /// Checks that it is within the years 1 to 9999, as far as that is possible without the zone.
    pub(crate) fn check(self) -> Result<Moment> {
        match self {
            Moment::Now => {}
            Moment::Instant(instant) => {
                timestamp(instant)?;
            }
            Moment::Local(local) => {
                let seconds = civil::seconds_of(local);
                // jiff's timestamps end before the year 9999 does, by more than any offset.
                if !(civil::FIRST..civil::END - 3 * civil::DAY).contains(&seconds) {
                    return Err(Error::invalid_input(format!(
                        "invalid date {local}: outside the years 1 to 9999 (without their last three days)"
                    )));
                }
            }
        }
        Ok(self)
    }
}

impl From<Timestamp> for Moment {
    fn from(timestamp: Timestamp) -> Moment {
        Moment::Instant(floor_seconds(timestamp))
    }
}
impl From<&ZonedDateTime> for Moment {
    fn from(zoned: &ZonedDateTime) -> Moment {
        Moment::from(zoned.timestamp())
    }
}
impl From<DateTime> for Moment {
    fn from(local: DateTime) -> Moment {
        Moment::Local(local)
    }
}
impl From<Date> for Moment {
    fn from(date: Date) -> Moment {
        Moment::Local(date.at(0, 0, 0, 0))
    }
}
impl TryFrom<std::time::SystemTime> for Moment {
    type Error = Error;

    fn try_from(time: std::time::SystemTime) -> Result<Moment> {
        let timestamp = Timestamp::try_from(time).map_err(|cause| {
            Error::invalid_input("invalid time: outside the years 1 to 9999").because(cause)
        })?;
        Ok(Moment::from(timestamp))
    }
}
