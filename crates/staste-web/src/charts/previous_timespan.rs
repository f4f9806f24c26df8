//! The previous timespan of a chart over time, period by period.

use std::collections::HashMap;

use jiff::civil::DateTime;
use staste_core::{Measure, Period, Result, Scale, Series, Timespan};

use super::time_series::numbers;
use crate::context::PageContext;
use crate::context::timespan::weeks_to_previous;
use crate::drawing::{SafeText, SecondSeries};

/// Reads the previous timespan, period by period next to these, where the request compares with it.
pub(super) fn read_previous(
    context: &PageContext,
    series: &Series,
    measure: Measure,
) -> Result<Option<SecondSeries>> {
    let previous = context.request.compares.then(|| context.previous_timespan()).flatten();
    let Some(previous) = previous else { return Ok(None) };
    let name = SafeText::from(previous_name(context, &previous));
    let before = context.view.timespan(previous).series(context.scale())?;
    let all = numbers(context, &before, measure);
    let is_by_hour = matches!(context.scale(), Scale::Minute | Scale::Hour);
    let firsts = series.first().zip(before.first()).filter(|_| is_by_hour);
    let Some(((first, _), (first_before, _))) = firsts else {
        return Ok(Some(SecondSeries { name, numbers: all }));
    };
    // Hours are compared with the same hours, also where a clock was changed in between.
    let by_local: HashMap<DateTime, usize> =
        before.iter().enumerate().rev().map(|(index, (period, _))| (period.local, index)).collect();
    let shift = first.local.duration_since(first_before.local);
    let same_hour =
        |period: &Period| all.get(*by_local.get(&period.local.checked_sub(shift).ok()?)?).cloned().flatten();
    let numbers = series.iter().map(|(period, _)| same_hour(period)).collect();
    Ok(Some(SecondSeries { name, numbers }))
}

/// The name of the previous timespan within a sentence.
pub(crate) fn previous_name(context: &PageContext, previous: &Timespan) -> String {
    if let Some(weeks) = weeks_to_previous(&context.request.timespan) {
        return format!("the same weekdays {weeks} weeks before");
    }
    match context.request.timespan.as_last() {
        Some((1, Scale::Day)) => "yesterday".to_owned(),
        Some((1, scale)) => format!("the {scale} before"),
        Some((count, scale)) => format!("the {count} {scale}s before"),
        None => previous.label(),
    }
}
