//! `Span`: a timespan as addresses have it.

use jiff::Unit;
use jiff::civil::DateTime;
use staste_core::{Error, Moment, Period, Result, Scale, Timespan, TimespanParts, Zone};

/// A timespan, without those of whose ends an address cannot speak.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Span {
    Ever,
    /// So many periods, the running one included.
    Last(u32, Scale),
    /// A period of the calendar.
    Period(TimespanParts),
    /// From a local time until another.
    Between(Option<DateTime>, Option<DateTime>),
}

impl Default for Span {
    fn default() -> Span {
        Span::Last(7, Scale::Day)
    }
}

/// At most so many bars a chart has when nobody asks for more.
const SUITABLE: i64 = 200;
/// More than so many are refused.
pub(crate) const MOST_PERIODS: i64 = 6000;

/// The refusal of more periods than anybody looks at.
pub(crate) fn too_many(scale: Scale) -> Error {
    Error::input(format!(
        "a chart of more than {MOST_PERIODS} periods cannot be read: {scale} is too fine a scale for this \
         timespan, so choose a coarser one"
    ))
}

impl Span {
    /// The timespans that people look at most, with their names.
    pub(crate) const USUAL: [(&'static str, Span); 6] = [
        ("Today", Span::Last(1, Scale::Day)),
        ("24 hours", Span::Last(24, Scale::Hour)),
        ("7 days", Span::Last(7, Scale::Day)),
        ("30 days", Span::Last(30, Scale::Day)),
        ("12 months", Span::Last(12, Scale::Month)),
        ("All time", Span::Ever),
    ];

    /// The timespan of it.
    ///
    /// # Errors
    /// When it is not one.
    pub(crate) fn timespan(&self) -> Result<Timespan> {
        match self {
            Span::Ever => Ok(Timespan::EVER),
            Span::Last(count, scale) => Timespan::last(*count, *scale),
            Span::Period(parts) => Timespan::parts(*parts),
            Span::Between(since, until) => {
                Timespan::between(since.map(Moment::Local), until.map(Moment::Local))
            }
        }
    }

    /// The scale of a period of the calendar.
    pub(crate) fn calendar_scale(&self) -> Option<Scale> {
        match self {
            Span::Period(parts) => Some(scale_of(parts)),
            _ => None,
        }
    }

    /// What it is called.
    pub(crate) fn name(&self) -> String {
        if let Some((name, _)) = Span::USUAL.iter().find(|(_, span)| span == self) {
            return (*name).to_owned();
        }
        match self {
            Span::Ever => "All time".to_owned(),
            Span::Last(1, scale) => format!("This {scale}"),
            Span::Last(count, scale) => format!("Last {count} {scale}s"),
            Span::Period(parts) => period_name(parts),
            Span::Between(since, until) => match (since.map(moment), until.map(moment)) {
                (Some(since), Some(until)) => format!("{since} to {until}"),
                (Some(since), None) => format!("Since {since}"),
                (None, Some(until)) => format!("Until {until}"),
                (None, None) => "All time".to_owned(),
            },
        }
    }

    /// About how many seconds it has, where that is known.
    pub(crate) fn seconds(&self) -> Option<i64> {
        match self {
            Span::Ever => None,
            Span::Last(count, scale) => Some(i64::from(*count) * length(*scale)),
            Span::Period(parts) => Some(length(scale_of(parts))),
            Span::Between(since, until) => {
                let duration = (*until)?.duration_since((*since)?);
                Some(duration.as_secs())
            }
        }
    }

    /// A scale whose bars can be told apart.
    pub(crate) fn suitable(&self) -> Scale {
        let Some(seconds) = self.seconds() else {
            return if *self == Span::Ever { Scale::Month } else { Scale::Day };
        };
        let scales = [Scale::Minute, Scale::Hour, Scale::Day, Scale::Week, Scale::Month];
        let suits = |scale: &Scale| seconds / length(*scale) <= SUITABLE && length(*scale) < seconds;
        let otherwise = if seconds > length(Scale::Month) { Scale::Year } else { Scale::Minute };
        scales.into_iter().find(suits).unwrap_or(otherwise)
    }

    /// True for a scale at which it has some periods, and not too many.
    pub(crate) fn suits(&self, scale: Scale) -> bool {
        let shorter = self.seconds().is_none_or(|seconds| length(scale) < seconds);
        shorter && self.check_scale(scale).is_ok()
    }

    /// Refuses a scale at which it has more periods than anybody looks at.
    ///
    /// # Errors
    /// When it has, about.
    pub(crate) fn check_scale(&self, scale: Scale) -> Result<()> {
        match self.seconds() {
            Some(seconds) if seconds / length(scale) > MOST_PERIODS => Err(too_many(scale)),
            _ => Ok(()),
        }
    }

    /// The timespan of the same length before it, where there is one; `now` is a local time, and 0 is Monday.
    pub(crate) fn before(&self, now: DateTime, week_start: u8) -> Option<Span> {
        match self {
            Span::Ever | Span::Between(..) => match self {
                Span::Between(Some(since), Some(until)) => {
                    // Whole months, as those of a quarter, are as many months before.
                    let months = until.since((Unit::Month, *since)).ok()?;
                    let is_whole = months == jiff::Span::new().months(months.get_months()).fieldwise();
                    let length = if is_whole { months } else { until.since(*since).ok()? };
                    Some(Span::Between(since.checked_sub(length).ok(), Some(*since)))
                }
                _ => None,
            },
            Span::Last(count, scale) => {
                let until = floor(*scale, now, week_start)?;
                let since = back(*scale, until, i64::from(*count) - 1)?;
                Some(Span::Between(Some(back(*scale, since, i64::from(*count))?), Some(since)))
            }
            Span::Period(parts) => {
                let scale = scale_of(parts);
                let start = back(scale, start_of(parts)?, 1)?;
                Some(Span::of(scale, start))
            }
        }
    }

    /// Where it begins, where that is known without looking; `now` is a local time, and 0 is Monday.
    pub(crate) fn start(&self, now: DateTime, week_start: u8) -> Option<DateTime> {
        match self {
            Span::Ever => None,
            Span::Last(count, scale) => back(*scale, floor(*scale, now, week_start)?, i64::from(*count) - 1),
            Span::Period(parts) => start_of(parts),
            Span::Between(since, _) => *since,
        }
    }

    /// The period of a scale that begins at a local time.
    pub(crate) fn of(scale: Scale, start: DateTime) -> Span {
        let part = |finest: Scale, number: i64| (scale <= finest).then_some(number);
        let kept = TimespanParts {
            year: Some(i64::from(start.year())),
            month: part(Scale::Month, i64::from(start.month())),
            day: part(Scale::Day, i64::from(start.day())),
            hour: part(Scale::Hour, i64::from(start.hour())),
            minute: part(Scale::Minute, i64::from(start.minute())),
        };
        match scale {
            Scale::Ever => Span::Ever,
            Scale::Week => Span::Between(Some(start), start.checked_add(jiff::Span::new().days(7)).ok()),
            Scale::Quarter => Span::Between(Some(start), start.checked_add(jiff::Span::new().months(3)).ok()),
            _ => Span::Period(kept),
        }
    }

    /// The period to look at closer, which a bar of a chart stands for, or that part of it which was asked for; none
    /// where there is nothing finer.
    pub(crate) fn of_period(period: &Period, zone: &Zone, now: i64) -> Option<Span> {
        if period.scale == Scale::Minute {
            return None;
        }
        if period.partial && period.end <= now {
            return Some(Span::Between(zone.civil(period.start).ok(), zone.civil(period.end).ok()));
        }
        Some(Span::of(period.scale, period.local))
    }

    /// The periods it lies in, coarsest first, each with what it is called.
    pub(crate) fn above(&self) -> Vec<(String, Span)> {
        let Span::Period(parts) = self else { return Vec::new() };
        let mut above = Vec::new();
        let mut at = TimespanParts { year: parts.year, ..TimespanParts::default() };
        above.push((parts.year.unwrap_or(0).to_string(), Span::Period(at)));
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        if let Some(month) = parts.month {
            at.month = Some(month);
            let name = usize::try_from(month - 1).ok().and_then(|month| months.get(month));
            above.push((name.map_or_else(|| month.to_string(), ToString::to_string), Span::Period(at)));
        }
        if let Some(day) = parts.day {
            at.day = Some(day);
            above.push((day.to_string(), Span::Period(at)));
        }
        if let Some(hour) = parts.hour {
            at.hour = Some(hour);
            above.push((format!("{hour:02}:00"), Span::Period(at)));
        }
        if let Some(minute) = parts.minute {
            at.minute = Some(minute);
            above.push((format!("{:02}:{minute:02}", parts.hour.unwrap_or(0)), Span::Period(at)));
        }
        above
    }

    /// True when what it shows may still change; `now` is the present in the zone.
    pub(crate) fn is_live(&self, now: i64, zone: &Zone) -> bool {
        match self {
            Span::Ever | Span::Last(..) => true,
            Span::Period(parts) => {
                let end = start_of(parts).and_then(|start| back(scale_of(parts), start, -1));
                end.and_then(|end| zone.instant(end).ok()).is_none_or(|end| end > now)
            }
            Span::Between(_, until) => {
                until.and_then(|until| zone.instant(until).ok()).is_none_or(|until| until > now)
            }
        }
    }
}

/// About how many seconds a period has.
fn length(scale: Scale) -> i64 {
    match scale {
        Scale::Minute => 60,
        Scale::Hour => 3600,
        Scale::Day => 86_400,
        Scale::Week => 7 * 86_400,
        Scale::Month => 30 * 86_400,
        Scale::Quarter => 91 * 86_400,
        Scale::Year | Scale::Ever => 365 * 86_400,
    }
}

fn scale_of(parts: &TimespanParts) -> Scale {
    match (parts.month, parts.day, parts.hour, parts.minute) {
        (None, ..) => Scale::Year,
        (_, None, ..) => Scale::Month,
        (_, _, None, _) => Scale::Day,
        (_, _, _, None) => Scale::Hour,
        _ => Scale::Minute,
    }
}

fn start_of(parts: &TimespanParts) -> Option<DateTime> {
    let small = |number: Option<i64>, or: i8| number.map_or(Some(or), |number| i8::try_from(number).ok());
    let year = i16::try_from(parts.year?).ok()?;
    DateTime::new(
        year,
        small(parts.month, 1)?,
        small(parts.day, 1)?,
        small(parts.hour, 0)?,
        small(parts.minute, 0)?,
        0,
        0,
    )
    .ok()
}

/// The beginning of the period that holds a local time.
fn floor(scale: Scale, local: DateTime, week_start: u8) -> Option<DateTime> {
    let midnight = jiff::civil::Time::midnight();
    let date = local.date();
    let quarter = || date.first_of_month().checked_sub(jiff::Span::new().months((date.month() - 1) % 3)).ok();
    Some(match scale {
        Scale::Minute => date.to_datetime(local.time().with().second(0).subsec_nanosecond(0).build().ok()?),
        Scale::Hour => {
            date.to_datetime(local.time().with().minute(0).second(0).subsec_nanosecond(0).build().ok()?)
        }
        Scale::Day => date.to_datetime(midnight),
        Scale::Month => date.first_of_month().to_datetime(midnight),
        Scale::Quarter => quarter()?.to_datetime(midnight),
        Scale::Year => date.first_of_year().to_datetime(midnight),
        Scale::Week => {
            let since =
                (date.weekday().to_monday_zero_offset() - i8::try_from(week_start).ok()?).rem_euclid(7);
            date.checked_sub(jiff::Span::new().days(since)).ok()?.to_datetime(midnight)
        }
        Scale::Ever => return None,
    })
}

fn back(scale: Scale, from: DateTime, periods: i64) -> Option<DateTime> {
    let span = jiff::Span::new();
    let span = match scale {
        Scale::Minute => span.try_minutes(periods),
        Scale::Hour => span.try_hours(periods),
        Scale::Day => span.try_days(periods),
        Scale::Week => span.try_weeks(periods),
        Scale::Month => span.try_months(periods),
        Scale::Quarter => span.try_months(periods.checked_mul(3)?),
        Scale::Year => span.try_years(periods),
        Scale::Ever => return None,
    };
    from.checked_sub(span.ok()?).ok()
}

fn period_name(parts: &TimespanParts) -> String {
    let Some(start) = start_of(parts) else { return "All time".to_owned() };
    let format = match scale_of(parts) {
        Scale::Year => "%Y",
        Scale::Month => "%B %Y",
        Scale::Day => "%a %-d %b %Y",
        _ => "%a %-d %b %Y, %H:%M",
    };
    start.strftime(format).to_string()
}

fn moment(local: DateTime) -> String {
    let is_midnight = local.time() == jiff::civil::Time::midnight();
    local.strftime(if is_midnight { "%-d %b %Y" } else { "%-d %b %Y, %H:%M" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    fn day(year: i64, month: i64, day: i64) -> Span {
        Span::Period(TimespanParts {
            year: Some(year),
            month: Some(month),
            day: Some(day),
            ..TimespanParts::default()
        })
    }

    #[test]
    fn the_scale_suits_the_stretch() {
        for (span, scale) in [
            (Span::Last(1, Scale::Day), Scale::Hour),
            (Span::Last(60, Scale::Minute), Scale::Minute),
            (Span::Last(7, Scale::Day), Scale::Hour),
            (Span::Last(30, Scale::Day), Scale::Day),
            (Span::Last(12, Scale::Month), Scale::Week),
            (Span::Last(40, Scale::Year), Scale::Year),
            (day(2023, 2, 7), Scale::Hour),
            (Span::Period(TimespanParts { year: Some(2023), ..TimespanParts::default() }), Scale::Week),
            (Span::Ever, Scale::Month),
            (Span::Between(None, Some(datetime(2023, 2, 7, 0, 0, 0, 0))), Scale::Day),
        ] {
            assert_eq!(span.suitable(), scale, "{span:?}");
        }
    }

    #[test]
    fn the_stretch_before_is_as_long() {
        let now = datetime(2024, 3, 15, 14, 30, 20, 0);
        assert_eq!(day(2024, 3, 1).before(now, 0), Some(day(2024, 2, 29)));
        let year = |year| Span::Period(TimespanParts { year: Some(year), ..TimespanParts::default() });
        assert_eq!(year(2024).before(now, 0), Some(year(2023)));
        let at = |year, month, day| Some(datetime(year, month, day, 0, 0, 0, 0));
        assert_eq!(
            Span::Last(7, Scale::Day).before(now, 0),
            Some(Span::Between(at(2024, 3, 2), at(2024, 3, 9)))
        );
        assert_eq!(
            Span::Last(12, Scale::Month).before(now, 0),
            Some(Span::Between(at(2022, 4, 1), at(2023, 4, 1)))
        );
        assert_eq!(Span::Ever.before(now, 0), None);
        let quarter = Span::of(Scale::Quarter, datetime(2024, 4, 1, 0, 0, 0, 0));
        assert_eq!(quarter.before(now, 0), Some(Span::Between(at(2024, 1, 1), at(2024, 4, 1))));
        // The 15th was a Friday.
        let weeks = |week_start| Span::Last(2, Scale::Week).before(now, week_start);
        assert_eq!(weeks(0), Some(Span::Between(at(2024, 2, 19), at(2024, 3, 4))));
        assert_eq!(weeks(6), Some(Span::Between(at(2024, 2, 18), at(2024, 3, 3))));
    }

    #[test]
    fn a_period_says_where_it_lies() {
        let above: Vec<String> = day(2024, 2, 29).above().into_iter().map(|(name, _)| name).collect();
        assert_eq!(above, ["2024", "Feb", "29"]);
        assert_eq!(day(2024, 2, 29).name(), "Thu 29 Feb 2024");
    }
}
