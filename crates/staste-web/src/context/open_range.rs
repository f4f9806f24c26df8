//! The ends of a timespan that is open: from the first period that has data until tomorrow.

use jiff::civil::{DateTime, Time};
use staste_core::{Calendar, Moment, Result, Scale, Timespan, View};

use crate::readings::has_data;
use crate::store_access::if_retained;

/// A history shorter than this starts on a day rather than with a month.
const SHORT_DAYS: i32 = 62;

/// The same timespan with both ends, so that periods without data have their place on charts. The timespan of a Metrica
/// without kicks stays open.
///
/// # Errors
/// When the Store cannot be read.
pub(super) fn close(view: &View, timespan: Timespan, calendar: &Calendar, now: i64) -> Result<Timespan> {
    let (since, until) = match timespan.as_between() {
        Some(ends) => ends,
        None if timespan == Timespan::EVER => (None, None),
        None => return Ok(timespan),
    };
    if since.is_some() && until.is_some() {
        return Ok(timespan);
    }
    let years = view.series(Scale::Year)?;
    let Some(((first, _), (last, _))) = years.first().zip(years.last()) else { return Ok(timespan) };
    let now_local = calendar.zone().civil(now).unwrap_or_default();
    let start = match timespan.start(calendar, now) {
        Some(start) => start,
        None => first_data(view, first.local, now_local)?,
    };
    let tomorrow = now_local.date().tomorrow().unwrap_or(now_local.date()).to_datetime(Time::midnight());
    // Kicks may be dated ahead.
    let next_year = last.local.checked_add(jiff::Span::new().years(1)).unwrap_or(last.local);
    let end = if last.local > now_local { next_year } else { tomorrow };
    let until = until.unwrap_or(Moment::Local(end));
    // Nothing is counted after a start in the future, or before an end in the past.
    let is_range = matches!(until, Moment::Local(until) if start < until);
    let since = since.unwrap_or(Moment::Local(start));
    if is_range { Timespan::between(Some(since), Some(until)) } else { Ok(timespan) }
}

/// The month that has the first data of a year, or of a short history the day.
fn first_data(view: &View, year: DateTime, now: DateTime) -> Result<DateTime> {
    let Some(month) = first_period(view, Scale::Year, Scale::Month, year)? else { return Ok(year) };
    let days = now.date().since(month.date()).map_or(SHORT_DAYS, |span| span.get_days());
    if days >= SHORT_DAYS {
        return Ok(month);
    }
    Ok(first_period(view, Scale::Month, Scale::Day, month)?.unwrap_or(month))
}

/// The last month that has data, of a view of all time.
///
/// # Errors
/// When the Store cannot be read.
pub(super) fn last_month(view: &View) -> Result<Option<Timespan>> {
    let last = |view: &View, scale: Scale| -> Result<Option<Timespan>> {
        let Some(series) = if_retained(view.series(scale))? else { return Ok(None) };
        let last = series.into_iter().rev().find(|(_, reading)| reading.as_ref().is_some_and(has_data));
        last.map(|(period, _)| Timespan::period(scale, period.local)).transpose()
    };
    let Some(year) = last(view, Scale::Year)? else { return Ok(None) };
    Ok(last(&view.timespan(year), Scale::Month)?.or(Some(year)))
}

/// The first finer period with data within a period; none where it is no longer retained.
fn first_period(view: &View, scale: Scale, finer: Scale, start: DateTime) -> Result<Option<DateTime>> {
    let within = view.timespan(Timespan::period(scale, start)?);
    let Some(series) = if_retained(within.series(finer))? else { return Ok(None) };
    let first = series.into_iter().find(|(_, reading)| reading.as_ref().is_none_or(has_data));
    Ok(first.and_then(|(period, reading)| reading.map(|_| period.local)))
}
