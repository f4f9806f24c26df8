//! Arithmetic on civil (local) seconds without time zones: the period that holds a second, and the next period.
//!
//! A civil second is a local date and time read as if it were UTC. Conversions between days and
//! dates follow Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms"; jiff checks them in
//! the tests. They are here because jiff's timestamps end two days before the year 9999 does.

use jiff::civil::{Date, DateTime};

use crate::time::scale::Scale;

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3600;
pub(crate) const DAY: i64 = 86_400;

/// The first civil second of year 1, and the first one after year 9999.
pub(crate) const FIRST: i64 = days_from_civil(1, 1, 1) * DAY;
pub(crate) const END: i64 = days_from_civil(10_000, 1, 1) * DAY;

/// Returns the days since 1970-01-01 of a proleptic Gregorian date.
pub(crate) const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Returns year, month (1-12) and day (1-31) of a number of days since 1970-01-01.
pub(crate) const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted - era * 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// Returns the civil second of a jiff datetime; fractions of a second are cut off.
pub(crate) fn seconds_of(datetime: DateTime) -> i64 {
    let (date, time) = (datetime.date(), datetime.time());
    days_of(date) * DAY
        + i64::from(time.hour()) * HOUR
        + i64::from(time.minute()) * MINUTE
        + i64::from(time.second())
}

/// Returns the days since 1970-01-01 of a jiff date.
pub(crate) fn days_of(date: Date) -> i64 {
    days_from_civil(i64::from(date.year()), i64::from(date.month()), i64::from(date.day()))
}

/// Returns the start of the period of `scale` that holds the civil second. Weeks begin on `week_start` (0 is Monday).
pub(crate) fn floor(scale: Scale, civil: i64, week_start: i64) -> i64 {
    match scale {
        Scale::Minute => civil.div_euclid(MINUTE) * MINUTE,
        Scale::Hour => civil.div_euclid(HOUR) * HOUR,
        Scale::Day => civil.div_euclid(DAY) * DAY,
        Scale::Week => {
            let days = civil.div_euclid(DAY);
            // Day 0 was a Thursday, which is day 3 of a week that begins on Monday.
            (days - (days + 3 - week_start).rem_euclid(7)) * DAY
        }
        Scale::Month => {
            let (year, month, _) = civil_from_days(civil.div_euclid(DAY));
            days_from_civil(year, month, 1) * DAY
        }
        Scale::Quarter => {
            let (year, month, _) = civil_from_days(civil.div_euclid(DAY));
            days_from_civil(year, (month - 1) / 3 * 3 + 1, 1) * DAY
        }
        Scale::Year => {
            let (year, _, _) = civil_from_days(civil.div_euclid(DAY));
            days_from_civil(year, 1, 1) * DAY
        }
        Scale::Ever => FIRST,
    }
}

/// Returns the start of the period after the one that starts at `start`.
pub(crate) fn next(scale: Scale, start: i64) -> i64 {
    let months_later = |months: i64| {
        let (year, month, _) = civil_from_days(start.div_euclid(DAY));
        let index = year * 12 + month - 1 + months;
        days_from_civil(index.div_euclid(12), index.rem_euclid(12) + 1, 1) * DAY
    };
    match scale {
        Scale::Minute => start + MINUTE,
        Scale::Hour => start + HOUR,
        Scale::Day => start + DAY,
        Scale::Week => start + 7 * DAY,
        Scale::Month => months_later(1),
        Scale::Quarter => months_later(3),
        Scale::Year => months_later(12),
        Scale::Ever => END,
    }
}

/// Returns the date and time of civil seconds, clamped to the years 1 to 9999.
pub(crate) fn datetime(seconds: i64) -> DateTime {
    let seconds = seconds.clamp(FIRST, END - 1);
    let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
    let rest = seconds.rem_euclid(DAY);
    let narrow = |number: i64| i8::try_from(number).unwrap_or(0);
    let date = Date::new(i16::try_from(year).unwrap_or(1), narrow(month), narrow(day));
    date.unwrap_or_default().at(narrow(rest / 3600), narrow(rest / 60 % 60), narrow(rest % 60), 0)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::Offset;

    use super::*;

    #[test]
    fn days_equal_those_of_jiff() {
        let mut day = date(1, 1, 1);
        while day < date(9999, 12, 1) {
            let timestamp = Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap();
            assert_eq!(days_of(day) * DAY, timestamp.as_second(), "{day}");
            assert_eq!(
                civil_from_days(days_of(day)),
                (day.year().into(), day.month().into(), day.day().into())
            );
            day = day.saturating_add(jiff::Span::new().days(13));
        }
    }

    #[test]
    fn periods_tile_the_calendar() {
        for scale in Scale::ALL {
            for probe in [-5_000_000_000, -1, 0, 951_782_399, 1_709_164_800, 4_102_444_799] {
                for week_start in 0..7 {
                    let start = floor(scale, probe, week_start);
                    assert!(start <= probe && probe < next(scale, start), "{scale} {probe}");
                    assert_eq!(floor(scale, next(scale, start) - 1, week_start), start);
                }
            }
        }
    }
}
