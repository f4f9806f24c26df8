//! A moment as it is given: now, an instant, or a local time in the Metrica's zone.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ZonedDateTime};

use crate::error::{Error, Result};
use crate::time::civil;
use crate::time::zone::{Zone, floor_seconds, timestamp};

/// When something happened, or where a span begins or ends.
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
    /// By the clock, when the call is made.
    #[default]
    Now,
    /// Unix seconds.
    Instant(i64),
    /// A local time; in a gap the later and in a fold the earlier reading of it.
    Local(DateTime),
}

impl Moment {
    /// Reads `YYYY-MM-DD`, `YYYY-MM-DD HH:MM[:SS]` with `T` or a space, either with an offset or `Z`
    /// for an instant, or `now`.
    ///
    /// # Errors
    /// When the text is none of these, or no date of the calendar.
    pub fn parse(text: &str) -> Result<Moment> {
        if text == "now" {
            return Ok(Moment::Now);
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(Moment::from(instant));
        }
        let shown: String = text.chars().take(64).collect();
        if text.contains('[') {
            return Err(Error::input(format!(
                "{shown:?} names a time zone: give the offset or Z instead, such as 2013-11-03T01:30-05:00"
            )));
        }
        let local = text.parse::<DateTime>().map_err(|cause| {
            Error::input(format!(
                "{shown:?} is no date: give YYYY-MM-DD, YYYY-MM-DDTHH:MM, the same with an offset or Z, or now"
            ))
            .because(cause)
        })?;
        Ok(Moment::Local(local))
    }

    /// The instant in unix seconds; [`Moment::Now`] must have been replaced by the caller's clock.
    ///
    /// # Errors
    /// When it lies outside the years 1 to 9999.
    pub fn instant(self, zone: &Zone) -> Result<i64> {
        match self {
            Moment::Now => Err(Error::input("now is not known without a clock")),
            Moment::Instant(instant) => timestamp(instant).map(|_| instant),
            Moment::Local(local) => zone.instant(local),
        }
    }

    /// The same moment, with *now* replaced.
    #[must_use]
    pub(crate) fn at(self, now: i64) -> Moment {
        if self == Moment::Now { Moment::Instant(now) } else { self }
    }

    /// Checks what can be checked without the zone, for a kick: the years 1 to 9999.
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
                    return Err(Error::input(format!(
                        "the date {local} is outside the years 1 to 9999 that can be counted (their last three days are not)"
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
        let timestamp = Timestamp::try_from(time)
            .map_err(|cause| Error::input("the time is outside the years 1 to 9999").because(cause))?;
        Ok(Moment::from(timestamp))
    }
}
