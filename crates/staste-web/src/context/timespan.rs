//! Timespans on pages: their names, and the scales at which they are charted.

use staste_core::{Calendar, Error, Moment, Period, Result, Scale, Timespan, Zone};

use crate::request::timespan_query::default_timespan;

/// A chart has at most this many periods at the scale that is chosen for it.
const MAX_SUITABLE_PERIODS: i64 = 200;
/// A chart of more periods is refused.
pub(crate) const MAX_PERIODS: i64 = 6000;

/// The timespans that pages offer as links, with their names.
pub(crate) fn usual_timespans() -> [(&'static str, Timespan); 6] {
    let last = |count, scale| Timespan::last(count, scale).unwrap_or_default();
    [
        ("Today", last(1, Scale::Day)),
        ("24 hours", last(24, Scale::Hour)),
        ("7 days", default_timespan()),
        ("30 days", last(30, Scale::Day)),
        ("12 months", last(12, Scale::Month)),
        ("All time", Timespan::EVER),
    ]
}

/// The number of weeks by which the previous timespan of some days is earlier, so that it starts on the same weekday; none
/// where it directly precedes it.
pub(crate) fn weeks_to_previous(timespan: &Timespan) -> Option<i64> {
    match timespan.as_last() {
        Some((days, Scale::Day)) if days > 7 && days % 7 != 0 => Some(i64::from(days.div_ceil(7))),
        _ => None,
    }
}

/// The name of a timespan.
pub(crate) fn timespan_name(timespan: &Timespan) -> String {
    let usual = usual_timespans().into_iter().find(|(_, usual)| usual == timespan);
    usual.map_or_else(|| timespan.label(), |(name, _)| name.to_owned())
}

/// The periods that a period of the calendar is in, coarsest first and with itself, each with a short name.
pub(crate) fn enclosing_periods(timespan: &Timespan) -> Vec<(String, Timespan)> {
    let is_finest = |scale: Scale| timespan.scale().is_some_and(|own| own <= scale);
    let scales = [Scale::Year, Scale::Month, Scale::Day, Scale::Hour, Scale::Minute];
    let Some(start) = period_start(timespan) else { return Vec::new() };
    let enclosing = scales.into_iter().filter(|scale| is_finest(*scale)).filter_map(|scale| {
        let format = match scale {
            Scale::Month => "%b",
            Scale::Day => "%-d",
            Scale::Hour => "%H:00",
            Scale::Minute => "%H:%M",
            _ => return Some((start.year().to_string(), Timespan::period(scale, start).ok()?)),
        };
        Some((start.strftime(format).to_string(), Timespan::period(scale, start).ok()?))
    });
    enclosing.collect()
}

/// The local start of a period that an address can name by its parts.
fn period_start(timespan: &Timespan) -> Option<jiff::civil::DateTime> {
    timespan.as_parts()?;
    // Of such a period it depends neither on the zone nor on the present.
    timespan.start(&Calendar::new(Zone::utc(), 0), 0)
}

/// The timespan of a bar of a chart, for a link to its finer periods; of a bar that was cut the part that is shown. None
/// where there are no finer periods.
pub(crate) fn timespan_of_bar(period: &Period, zone: &Zone, now: i64) -> Option<Timespan> {
    let between =
        |since, until| Timespan::between(Some(Moment::Local(since)), Some(Moment::Local(until))).ok();
    let (start, days, months) = (period.local, jiff::Span::new().days(7), jiff::Span::new().months(3));
    match period.scale {
        Scale::Minute => None,
        _ if period.partial && period.end <= now => {
            between(zone.civil(period.start).ok()?, zone.civil(period.end).ok()?)
        }
        // An address names these by their ends.
        Scale::Week => between(start, start.checked_add(days).ok()?),
        Scale::Quarter => between(start, start.checked_add(months).ok()?),
        scale => Timespan::period(scale, start).ok(),
    }
}

/// True when the counts of a timespan may still change.
pub(crate) fn is_live(timespan: &Timespan, calendar: &Calendar, now: i64) -> bool {
    let end = timespan.end(calendar, now);
    end.and_then(|end| calendar.zone().instant(end).ok()).is_none_or(|end| end > now)
}

/// A scale whose bars can be distinguished.
pub(crate) fn suitable_scale(timespan: &Timespan) -> Scale {
    let Some(seconds) = timespan.nominal_seconds() else {
        return if *timespan == Timespan::EVER { Scale::Month } else { Scale::Day };
    };
    let is_suitable = |scale: &Scale| {
        scale
            .nominal_seconds()
            .is_some_and(|length| seconds / length <= MAX_SUITABLE_PERIODS && length < seconds)
    };
    let is_long = Scale::Month.nominal_seconds().is_some_and(|month| seconds > month);
    let otherwise = if is_long { Scale::Year } else { Scale::Minute };
    let scales = [Scale::Minute, Scale::Hour, Scale::Day, Scale::Week, Scale::Month];
    scales.into_iter().find(is_suitable).unwrap_or(otherwise)
}

/// True for a scale at which a timespan has several periods, and not too many.
pub(crate) fn suits(timespan: &Timespan, scale: Scale) -> bool {
    let lengths = timespan.nominal_seconds().zip(scale.nominal_seconds());
    lengths.is_none_or(|(seconds, length)| length < seconds) && check_scale(timespan, scale).is_ok()
}

/// Checks that a timespan does not have far too many periods of a scale.
///
/// # Errors
/// When it has.
pub(crate) fn check_scale(timespan: &Timespan, scale: Scale) -> Result<()> {
    match timespan.nominal_seconds().zip(scale.nominal_seconds()) {
        Some((seconds, length)) if seconds / length > MAX_PERIODS => Err(too_many_periods(scale)),
        _ => Ok(()),
    }
}

/// The error for a chart of more periods than anybody can read.
pub(crate) fn too_many_periods(scale: Scale) -> Error {
    Error::invalid_input(format!(
        "a chart of more than {MAX_PERIODS} periods cannot be read: {scale} is too fine a scale for this \
         timespan, so choose a coarser one"
    ))
}

#[cfg(test)]
mod tests {
    use jiff::civil::datetime;

    use super::*;

    fn last(count: u32, scale: Scale) -> Timespan {
        Timespan::last(count, scale).unwrap()
    }

    #[test]
    fn suitable_scale_has_at_most_200_periods() {
        let until = Moment::Local(datetime(2023, 2, 7, 0, 0, 0, 0));
        for (timespan, scale) in [
            (last(1, Scale::Day), Scale::Hour),
            (last(60, Scale::Minute), Scale::Minute),
            (last(7, Scale::Day), Scale::Hour),
            (last(30, Scale::Day), Scale::Day),
            (last(12, Scale::Month), Scale::Week),
            (last(40, Scale::Year), Scale::Year),
            (Timespan::day(2023, 2, 7).unwrap(), Scale::Hour),
            (Timespan::year(2023).unwrap(), Scale::Week),
            (Timespan::EVER, Scale::Month),
            (Timespan::between(None, Some(until)).unwrap(), Scale::Day),
        ] {
            assert_eq!(suitable_scale(&timespan), scale, "{timespan:?}");
        }
    }

    #[test]
    fn enclosing_periods_go_from_the_year_to_the_period_itself() {
        let names = |timespan: Timespan| {
            enclosing_periods(&timespan).into_iter().map(|(name, _)| name).collect::<Vec<String>>()
        };
        assert_eq!(names(Timespan::day(2024, 2, 29).unwrap()), ["2024", "Feb", "29"]);
        let minute = Timespan::minute(2024, 2, 29, 5, 7).unwrap();
        assert_eq!(names(minute), ["2024", "Feb", "29", "05:00", "05:07"]);
        assert_eq!(enclosing_periods(&minute).pop().unwrap().1, minute);
        for other in [Timespan::EVER, last(1, Scale::Day), Timespan::quarter(2024, 1).unwrap()] {
            assert_eq!(names(other), [""; 0]);
        }
    }
}
