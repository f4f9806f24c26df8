//! Where a timespan with an open end begins and ends: what was counted tells.

use jiff::civil::{DateTime, Time};
use staste_core::{Reading, Result, Scale, View};

use crate::overview::kept;
use crate::state::Span;

/// A shorter history than this is looked at by day.
const SHORT_DAYS: i32 = 62;

/// The same timespan with both ends, so that periods of which nothing was counted or kept have their place on
/// charts. One of a Metrica without kicks stays open.
///
/// # Errors
/// When the Store cannot be asked.
pub(crate) fn closed(view: &View, span: &Span, now: DateTime) -> Result<Span> {
    let (since, until) = match span {
        Span::Ever => (None, None),
        Span::Between(since, until) => (*since, *until),
        Span::Last(..) | Span::Period(_) => return Ok(span.clone()),
    };
    if since.is_some() && until.is_some() {
        return Ok(span.clone());
    }
    let years = view.series(Scale::Year)?;
    let Some(((first, _), (last, _))) = years.first().zip(years.last()) else { return Ok(span.clone()) };
    let since = match since {
        Some(since) => since,
        None => began(view, first.local, now)?,
    };
    let tomorrow = now.date().tomorrow().unwrap_or(now.date()).to_datetime(Time::midnight());
    // Kicks may be dated ahead.
    let next_year = last.local.checked_add(jiff::Span::new().years(1)).unwrap_or(last.local);
    let end = if last.local > now { next_year } else { tomorrow };
    let until = until.unwrap_or_else(|| end.max(since));
    Ok(Span::Between(Some(since), Some(until)))
}

/// When something was counted first, to the month, or of a short history to the day.
fn began(view: &View, year: DateTime, now: DateTime) -> Result<DateTime> {
    let Some(month) = first_of(view, Scale::Year, Scale::Month, year)? else { return Ok(year) };
    let days = now.date().since(month.date()).map_or(SHORT_DAYS, |span| span.get_days());
    if days >= SHORT_DAYS {
        return Ok(month);
    }
    Ok(first_of(view, Scale::Month, Scale::Day, month)?.unwrap_or(month))
}

/// The first finer period within one in which something was counted; none where that is no longer kept.
fn first_of(view: &View, scale: Scale, finer: Scale, start: DateTime) -> Result<Option<DateTime>> {
    let within = view.timespan(Span::of(scale, start).timespan()?);
    let Some(series) = kept(within.series(finer))? else { return Ok(None) };
    let first = series.into_iter().find(|(_, reading)| reading.as_ref().is_none_or(is_something));
    Ok(first.and_then(|(period, reading)| reading.map(|_| period.local)))
}

/// True when anything was counted.
pub(crate) fn is_something(reading: &Reading) -> bool {
    reading.total.raw() != 0 || reading.count.is_some_and(|count| count != 0)
}
