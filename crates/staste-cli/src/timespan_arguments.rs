//! `TimespanArguments`: the options that select a timespan.

use clap::Args;
use jiff::Span;
use jiff::civil::Date;
use staste::{Definition, Metrica, Moment, Timespan, TimespanParts, Zone, text_format};

use crate::failure::{Failure, Result};

/// A timespan; all time if no option is given.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Time")]
pub(crate) struct TimespanArguments {
    /// Year, such as 2013
    #[arg(long, value_name = "YYYY", allow_negative_numbers = true)]
    year: Option<i64>,

    /// Month, 1 to 12; needs --year
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    month: Option<i64>,

    /// Day of the month, 1 to 31; needs --month
    #[arg(long, value_name = "DD", allow_negative_numbers = true)]
    day: Option<i64>,

    /// Hour, 0 to 23; needs --day
    #[arg(long, value_name = "HH", allow_negative_numbers = true)]
    hour: Option<i64>,

    /// Minute, 0 to 59; needs --hour
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    minute: Option<i64>,

    /// Week that contains a date, such as 2013-02-07
    #[arg(long, value_name = "DATE", conflicts_with_all = ["year", "month", "day", "hour", "minute", "quarter", "last", "since", "until"])]
    week: Option<String>,

    /// Quarter, such as 2013-Q2
    #[arg(long, value_name = "YYYY-Qn", conflicts_with_all = ["year", "month", "day", "hour", "minute", "last", "since", "until"])]
    quarter: Option<String>,

    /// Last periods, including the current one: 7d is today and the six days before. Units: m (minutes), h (hours),
    /// d (days), w (weeks), mo (months), q (quarters), y (years)
    #[arg(long, value_name = "PERIODS", conflicts_with_all = ["year", "month", "day", "hour", "minute", "since", "until"])]
    last: Option<String>,

    /// From this moment on: 2013-02-07, 2013-02-07T14:30, with an offset such as 2013-02-07T14:30+02:00, or today or
    /// yesterday, which begin at midnight in the time zone of the Metrica
    #[arg(long, allow_hyphen_values = true, value_name = "MOMENT", conflicts_with_all = ["year", "month", "day", "hour", "minute"])]
    since: Option<String>,

    /// Up to this moment, exclusive; same forms as --since
    #[arg(long, allow_hyphen_values = true, value_name = "MOMENT", conflicts_with_all = ["year", "month", "day", "hour", "minute"])]
    until: Option<String>,
}

impl TimespanArguments {
    /// Checks the timespan as far as that is possible without a Metrica.
    ///
    /// # Errors
    /// As [`timespan`](Self::timespan).
    pub(crate) fn check(&self) -> Result<()> {
        self.timespan_at(&Zone::utc(), 0).map(drop)
    }

    /// Returns the timespan of a Metrica, in whose zone the days begin.
    ///
    /// # Errors
    /// When a part is out of range, a coarser part is missing, a date is invalid, or the timespan is empty.
    pub(crate) fn timespan(&self, metrica: &Metrica, definition: &Definition) -> Result<Timespan> {
        self.timespan_at(&definition.zone, metrica.staste().clock().now())
    }

    fn timespan_at(&self, zone: &Zone, now: i64) -> Result<Timespan> {
        if let Some(day) = &self.week {
            let date: Date = day
                .parse()
                .map_err(|_| Failure::input(format!("invalid date {day:?}: expected YYYY-MM-DD")))?;
            return Ok(Timespan::week(date)?);
        }
        if let Some(quarter) = &self.quarter {
            return parse_quarter(quarter);
        }
        if let Some(last) = &self.last {
            let (count, scale) = text_format::periods(last)?;
            return Ok(Timespan::last(count, scale)?);
        }
        if self.since.is_some() || self.until.is_some() {
            let moment = |text: &Option<String>| {
                text.as_deref().map(|text| moment_or_day(text, zone, now)).transpose()
            };
            let (since, until) = (moment(&self.since)?, moment(&self.until)?);
            return Ok(Timespan::between(since, until)?);
        }
        let TimespanArguments { year, month, day, hour, minute, .. } = *self;
        Ok(Timespan::parts(TimespanParts { year, month, day, hour, minute })?)
    }

    /// Returns true for all time.
    pub(crate) fn is_all_time(&self) -> bool {
        self.describe().is_none()
    }

    /// Describes the timespan in a few words. Returns none for all time.
    pub(crate) fn describe(&self) -> Option<String> {
        if let Some(day) = &self.week {
            return Some(format!("week of {day}"));
        }
        if let Some(last) = &self.last {
            return Some(format!("last {last}"));
        }
        if let Some(quarter) = &self.quarter {
            return Some(quarter.to_uppercase());
        }
        match (&self.since, &self.until) {
            (Some(since), Some(until)) => return Some(format!("{since} until {until}")),
            (Some(since), None) => return Some(format!("since {since}")),
            (None, Some(until)) => return Some(format!("until {until}")),
            (None, None) => {}
        }
        let year = self.year?;
        let mut text = format!("{year:04}");
        let parts = [(self.month, "-"), (self.day, "-"), (self.hour, " "), (self.minute, ":")];
        for (number, separator) in parts {
            if let Some(number) = number {
                text.push_str(&format!("{separator}{number:02}"));
            }
        }
        if self.hour.is_some() && self.minute.is_none() {
            text.push('h');
        }
        Some(text)
    }
}

fn parse_quarter(text: &str) -> Result<Timespan> {
    let parts = text.split_once("-Q").or_else(|| text.split_once("-q"));
    let numbers = parts.and_then(|(year, quarter)| Some((year.parse().ok()?, quarter.parse().ok()?)));
    let (year, quarter) = numbers
        .ok_or_else(|| Failure::input(format!("invalid quarter {text:?}: expected one such as 2013-Q2")))?;
    Ok(Timespan::quarter(year, quarter)?)
}

/// Parses a moment, or the start of a day relative to now.
///
/// # Errors
/// When the text is invalid.
fn moment_or_day(text: &str, zone: &Zone, now: i64) -> Result<Moment> {
    let days = match text {
        "yesterday" => -1,
        "today" => 0,
        "tomorrow" => 1,
        _ => return parse_moment(text),
    };
    let today = zone.civil(now)?.date();
    let day = today.checked_add(Span::new().days(days));
    day.map(Moment::from).map_err(|error| Failure::input(format!("invalid date {text}: {error}")))
}

/// Parses a moment.
///
/// # Errors
/// When the text is invalid.
pub(crate) fn parse_moment(text: &str) -> Result<Moment> {
    Moment::parse(text).map_err(|error| Failure::input(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn description_has_the_parts_that_are_given() {
        let describe = |year, month, day, hour, minute| {
            TimespanArguments { year, month, day, hour, minute, ..TimespanArguments::default() }.describe()
        };
        assert_eq!(describe(None, None, None, None, None), None);
        assert_eq!(describe(Some(2013), Some(2), None, None, None).unwrap(), "2013-02");
        assert_eq!(describe(Some(2013), Some(2), Some(7), Some(4), None).unwrap(), "2013-02-07 04h");
        assert_eq!(describe(Some(2013), Some(2), Some(7), Some(4), Some(5)).unwrap(), "2013-02-07 04:05");
    }
}
