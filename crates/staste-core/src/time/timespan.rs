//! `Timespan`: the range of time of a query.

use std::fmt::Display;

use jiff::civil::{Date, DateTime};

use crate::error::{Error, Result};
use crate::time::civil;
use crate::time::moment::Moment;
use crate::time::scale::Scale;
use crate::time::zone::timestamp;

/// Maximum number of periods in a timespan or a series: no chart shows more.
pub(crate) const MAX_PERIODS: u32 = 1_000_000;

/// A period of the calendar, the last periods up to now, or any range `[since, until)` on whole minutes.
///
/// ```
/// use staste::Timespan;
/// let february = Timespan::month(2010, 2)?;
/// assert!(Timespan::month(2010, 13).unwrap_err().is_invalid_input());
/// # let _ = february;
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Timespan(pub(super) Repr);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Repr {
    #[default]
    Ever,
    /// The period of the scale that holds this civil second.
    Period(Scale, i64),
    Between(Option<Moment>, Option<Moment>),
    Last(u32, Scale),
}

/// The parts of a date, as in a query string; each part needs those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimespanParts {
    /// 1 to 9999.
    pub year: Option<i64>,
    /// 1 to 12.
    pub month: Option<i64>,
    /// 1 to the last day of the month.
    pub day: Option<i64>,
    /// 0 to 23.
    pub hour: Option<i64>,
    /// 0 to 59.
    pub minute: Option<i64>,
}

impl Timespan {
    /// All time.
    pub const EVER: Timespan = Timespan(Repr::Ever);

    /// Returns a year, 1 to 9999.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn year(year: i64) -> Result<Timespan> {
        Timespan::parts(TimespanParts { year: Some(year), ..TimespanParts::default() })
    }

    /// Returns a month of a year.
    ///
    /// # Errors
    /// When a part is out of range.
    pub fn month(year: i64, month: i64) -> Result<Timespan> {
        Timespan::parts(TimespanParts { year: Some(year), month: Some(month), ..TimespanParts::default() })
    }

    /// Returns a day.
    ///
    /// # Errors
    /// When a part is out of range.
    pub fn day(year: i64, month: i64, day: i64) -> Result<Timespan> {
        Timespan::parts(TimespanParts {
            year: Some(year),
            month: Some(month),
            day: Some(day),
            ..TimespanParts::default()
        })
    }

    /// Returns an hour; in a fold both hours of that name.
    ///
    /// # Errors
    /// When a part is out of range.
    pub fn hour(year: i64, month: i64, day: i64, hour: i64) -> Result<Timespan> {
        Timespan::parts(TimespanParts {
            year: Some(year),
            month: Some(month),
            day: Some(day),
            hour: Some(hour),
            minute: None,
        })
    }

    /// Returns a minute; in a fold both minutes of that name.
    ///
    /// # Errors
    /// When a part is out of range.
    pub fn minute(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> Result<Timespan> {
        Timespan::parts(TimespanParts {
            year: Some(year),
            month: Some(month),
            day: Some(day),
            hour: Some(hour),
            minute: Some(minute),
        })
    }

    /// Returns a quarter, 1 to 4, of a year.
    ///
    /// # Errors
    /// When a part is out of range.
    pub fn quarter(year: i64, quarter: i64) -> Result<Timespan> {
        let year = in_range("year", year, 1..=9999)?;
        let month = in_range("quarter", quarter, 1..=4)? * 3 - 2;
        Ok(Timespan(Repr::Period(Scale::Quarter, civil::days_from_civil(year, month, 1) * civil::DAY)))
    }

    /// Returns the week that holds a day; it begins on the Metrica's first day of the week.
    ///
    /// # Errors
    /// When the day is outside the years 1 to 9999.
    pub fn week(day: Date) -> Result<Timespan> {
        in_range("year", i64::from(day.year()), 1..=9999)?;
        Ok(Timespan(Repr::Period(Scale::Week, civil::days_of(day) * civil::DAY)))
    }

    /// Returns the period of these parts; all time without any.
    ///
    /// # Errors
    /// When a part is out of range, or the coarser part before it is missing.
    pub fn parts(parts: TimespanParts) -> Result<Timespan> {
        let named = [
            ("year", parts.year),
            ("month", parts.month),
            ("day", parts.day),
            ("hour", parts.hour),
            ("minute", parts.minute),
        ];
        for pair in named.windows(2) {
            if let [(coarser, None), (finer, Some(_))] = pair {
                return Err(Error::invalid_input(format!(
                    "missing {coarser}: the {finer} of a timespan needs the {coarser} too"
                )));
            }
        }
        let Some(year) = parts.year else { return Ok(Timespan::EVER) };
        let year = in_range("year", year, 1..=9999)?;
        let month = in_range("month", parts.month.unwrap_or(1), 1..=12)?;
        let first = civil::days_from_civil(year, month, 1) * civil::DAY;
        let days = (civil::next(Scale::Month, first) - first) / civil::DAY;
        let day = parts.day.unwrap_or(1);
        if !(1..=days).contains(&day) {
            return Err(Error::invalid_input(format!(
                "invalid day {day}: expected 1 to {days} in {year:04}-{month:02}"
            )));
        }
        let hour = in_range("hour", parts.hour.unwrap_or(0), 0..=23)?;
        let minute = in_range("minute", parts.minute.unwrap_or(0), 0..=59)?;
        let start = first + (day - 1) * civil::DAY + hour * civil::HOUR + minute * civil::MINUTE;
        let scale = match (parts.month, parts.day, parts.hour, parts.minute) {
            (None, ..) => Scale::Year,
            (_, None, ..) => Scale::Month,
            (_, _, None, _) => Scale::Day,
            (_, _, _, None) => Scale::Hour,
            _ => Scale::Minute,
        };
        Ok(Timespan(Repr::Period(scale, start)))
    }

    /// Returns the period of a scale that holds a local time; all time for the scale *ever*.
    ///
    /// ```
    /// use staste::{Moment, Scale, Timespan};
    /// let Moment::Local(local) = Moment::parse("2024-02-29T10:15")? else { unreachable!() };
    /// assert_eq!(Timespan::period(Scale::Month, local)?, Timespan::month(2024, 2)?);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the time is outside the years 1 to 9999.
    pub fn period(scale: Scale, local: DateTime) -> Result<Timespan> {
        in_range("year", i64::from(local.year()), 1..=9999)?;
        let start = match scale {
            Scale::Ever => return Ok(Timespan::EVER),
            // The Metrica decides on which day its weeks begin.
            Scale::Week => civil::days_of(local.date()) * civil::DAY,
            scale => civil::floor(scale, civil::seconds_of(local), 0),
        };
        Ok(Timespan(Repr::Period(scale, start)))
    }

    /// Returns the range from `since` up to, but not including, `until`; either end may be open. As an end, *now* is
    /// the end of the running minute.
    ///
    /// ```
    /// use staste::{Moment, Timespan};
    /// let office = Timespan::between(
    ///     Some(Moment::parse("2026-02-09T09:00")?),
    ///     Some(Moment::parse("2026-02-09T17:00")?),
    /// )?;
    /// let since_then = Timespan::between(Some(Moment::parse("2026-02-09")?), None)?;
    /// # let _ = (office, since_then);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the range is empty or ends before it begins, and when an end is a local time that is not on a whole minute.
    /// A query fails for the same reasons where only the Metrica's zone shows them: for a local time and an instant, for
    /// *now*, and for an instant that is not on a whole minute of the zone.
    pub fn between(since: Option<Moment>, until: Option<Moment>) -> Result<Timespan> {
        for moment in [since, until].into_iter().flatten() {
            if let Moment::Local(local) = moment
                && (local.second() != 0 || local.subsec_nanosecond() != 0)
            {
                return Err(not_whole_minute(&local.to_string()));
            }
            moment.check()?;
        }
        match (since, until) {
            (Some(Moment::Local(since)), Some(Moment::Local(until))) if since >= until => {
                return Err(not_a_range(&since, &until, since == until));
            }
            (Some(Moment::Instant(since)), Some(Moment::Instant(until))) if since >= until => {
                return Err(not_a_range(&timestamp(since)?, &timestamp(until)?, since == until));
            }
            _ => {}
        }
        Ok(Timespan(Repr::Between(since, until)))
    }

    /// Returns the last `count` periods of a scale, the running one included.
    ///
    /// ```
    /// use staste::{Scale, Timespan};
    /// let a_week = Timespan::last(7, Scale::Day)?;
    /// # let _ = a_week;
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `count` is 0 or more than a million, or the scale is *ever*.
    pub fn last(count: u32, scale: Scale) -> Result<Timespan> {
        if count == 0 || scale == Scale::Ever {
            return Err(Error::invalid_input(format!(
                "invalid number of last periods {count} of scale {scale}: expected at least one, of a minute, hour, day or longer"
            )));
        }
        if count > MAX_PERIODS {
            return Err(Error::invalid_input(format!(
                "invalid number of last periods {count}: expected at most {MAX_PERIODS}"
            )));
        }
        Ok(Timespan(Repr::Last(count, scale)))
    }

    /// Returns the scale of which it is one period; none for several periods and for ranges.
    ///
    /// ```
    /// use staste::{Scale, Timespan};
    /// assert_eq!(Timespan::month(2024, 2)?.scale(), Some(Scale::Month));
    /// assert_eq!(Timespan::last(1, Scale::Day)?.scale(), Some(Scale::Day));
    /// assert_eq!(Timespan::last(7, Scale::Day)?.scale(), None);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn scale(&self) -> Option<Scale> {
        match self.0 {
            Repr::Ever | Repr::Between(None, None) => Some(Scale::Ever),
            Repr::Period(scale, _) | Repr::Last(1, scale) => Some(scale),
            Repr::Between(..) | Repr::Last(..) => None,
        }
    }

    /// Returns its [`parts`](Self::parts); none for other timespans, such as weeks and quarters.
    ///
    /// ```
    /// use staste::{Scale, Timespan};
    /// let parts = Timespan::month(2024, 2)?.as_parts().unwrap();
    /// assert_eq!((parts.year, parts.month, parts.day), (Some(2024), Some(2), None));
    /// assert_eq!(Timespan::last(1, Scale::Day)?.as_parts(), None);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn as_parts(&self) -> Option<TimespanParts> {
        let (scale, start) = match self.0 {
            Repr::Ever => return Some(TimespanParts::default()),
            Repr::Period(Scale::Week | Scale::Quarter, _) | Repr::Between(..) | Repr::Last(..) => {
                return None;
            }
            Repr::Period(scale, start) => (scale, civil::datetime(start)),
        };
        let part = |coarsest: Scale, number: i8| (scale <= coarsest).then_some(i64::from(number));
        Some(TimespanParts {
            year: Some(i64::from(start.year())),
            month: part(Scale::Month, start.month()),
            day: part(Scale::Day, start.day()),
            hour: part(Scale::Hour, start.hour()),
            minute: part(Scale::Minute, start.minute()),
        })
    }

    /// Returns the arguments of [`last`](Self::last), the number of periods and their scale; none for other timespans.
    ///
    /// ```
    /// use staste::{Scale, Timespan};
    /// assert_eq!(Timespan::last(7, Scale::Day)?.as_last(), Some((7, Scale::Day)));
    /// assert_eq!(Timespan::year(2024)?.as_last(), None);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn as_last(&self) -> Option<(u32, Scale)> {
        match self.0 {
            Repr::Last(count, scale) => Some((count, scale)),
            _ => None,
        }
    }

    /// Returns the two ends of a range made by [`between`](Self::between); none for other timespans.
    ///
    /// ```
    /// use staste::{Moment, Timespan};
    /// let since = Moment::parse("2024-02-07")?;
    /// assert_eq!(Timespan::between(Some(since), None)?.as_between(), Some((Some(since), None)));
    /// assert_eq!(Timespan::EVER.as_between(), None);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn as_between(&self) -> Option<(Option<Moment>, Option<Moment>)> {
        match self.0 {
            Repr::Between(since, until) => Some((since, until)),
            _ => None,
        }
    }
}

fn in_range(what: &str, number: i64, range: std::ops::RangeInclusive<i64>) -> Result<i64> {
    if range.contains(&number) {
        return Ok(number);
    }
    Err(Error::invalid_input(format!(
        "invalid {what} {number}: expected {} to {}",
        range.start(),
        range.end()
    )))
}

/// Returns the error for a range without a minute in it.
pub(super) fn not_a_range(since: &dyn Display, until: &dyn Display, is_empty: bool) -> Error {
    let why = match is_empty {
        true => "it is empty, because the end itself is not in it; give a later end, such as the day after",
        false => "it ends before it begins; swap the ends",
    };
    Error::invalid_input(format!("invalid timespan from {since} until {until}: {why}"))
}

pub(super) fn not_whole_minute(formatted: &str) -> Error {
    Error::invalid_input(format!("invalid end {formatted} of a timespan: expected a whole minute"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn period_out_of_range_is_an_error() {
        for refused in [
            Timespan::year(0),
            Timespan::year(10_000),
            Timespan::month(2010, 0),
            Timespan::month(2010, 13),
            Timespan::day(2010, 2, 29),
            Timespan::hour(2010, 2, 1, 24),
            Timespan::minute(2010, 2, 1, 0, 60),
            Timespan::quarter(2010, 5),
            Timespan::parts(TimespanParts { year: Some(2010), minute: Some(3), ..TimespanParts::default() }),
            Timespan::last(0, Scale::Day),
        ] {
            assert!(refused.unwrap_err().is_invalid_input());
        }
        Timespan::day(2012, 2, 29).unwrap();
    }

    #[test]
    fn empty_or_reversed_range_is_an_error_with_both_ends_and_the_remedy() {
        let range = |since: &str, until: &str| {
            Timespan::between(Some(Moment::parse(since).unwrap()), Some(Moment::parse(until).unwrap()))
        };
        let empty = range("2023-01-01", "2023-01-01T00:00").unwrap_err();
        assert!(empty.is_invalid_input());
        assert_eq!(
            empty.to_string(),
            "invalid timespan from 2023-01-01T00:00:00 until 2023-01-01T00:00:00: it is empty, because the end itself is \
             not in it; give a later end, such as the day after"
        );
        assert_eq!(
            range("2023-01-02T00:00Z", "2023-01-01T00:00Z").unwrap_err().to_string(),
            "invalid timespan from 2023-01-02T00:00:00Z until 2023-01-01T00:00:00Z: it ends before it begins; swap the ends"
        );
        range("2023-01-01T00:00", "2023-01-01T00:01").unwrap();
    }

    #[test]
    fn as_parts_returns_the_parts_of_a_timespan() {
        let full =
            TimespanParts { year: Some(2024), month: Some(2), day: Some(29), hour: Some(0), minute: Some(0) };
        for parts in [
            TimespanParts::default(),
            TimespanParts { year: Some(1), ..TimespanParts::default() },
            TimespanParts { day: None, hour: None, minute: None, ..full },
            TimespanParts { hour: None, minute: None, ..full },
            TimespanParts { minute: None, ..full },
            full,
        ] {
            assert_eq!(Timespan::parts(parts).unwrap().as_parts(), Some(parts));
        }
        let quarter = Timespan::quarter(2024, 2).unwrap();
        assert_eq!((quarter.as_parts(), quarter.scale()), (None, Some(Scale::Quarter)));
        assert_eq!(Timespan::EVER.scale(), Some(Scale::Ever));
        assert_eq!(Timespan::between(None, Some(Moment::Now)).unwrap().scale(), None);
    }
}
