//! Charts over time: the readings of a timespan as bars, with averages as a line and the previous timespan as marks.

use std::collections::HashMap;

use jiff::civil::DateTime;
use staste_core::{Measure, Period, Result, Scale, Series, Timespan};

use super::choice_lines::read_lines;
use super::percentile_lines::read_percentile_lines;
use super::time_series::{numbers, read_series, time_axis};
use crate::context::PageContext;
use crate::context::timespan::timespan_of_bar;
use crate::drawing::{Caption, Drawing, SafeText, SecondSeries, Timeline};
use crate::readings::has_data;

/// The title of the requested chart over time.
pub(crate) fn title(context: &PageContext) -> String {
    match &context.request.split {
        Some(axis) => format!("By {axis} over time"),
        None => format!("By {}", context.scale()),
    }
}

/// Reads and draws the requested chart over time: lines where it is split by an axis and of percentiles, otherwise bars.
///
/// # Errors
/// When the Store cannot be read.
pub(crate) fn draw(context: &PageContext, caption: &Caption) -> Result<Drawing> {
    match &context.request.split {
        Some(axis) => Ok(read_lines(context, axis)?.draw(caption)),
        None if context.request.measure.needs_distribution() => {
            Ok(read_percentile_lines(context)?.draw(caption))
        }
        None => Ok(read_timeline(context)?.draw(caption)),
    }
}

/// Reads bars over time; of averages they are the counts, with the averages as a line.
///
/// # Errors
/// When the Store cannot be read.
pub(super) fn read_timeline(context: &PageContext) -> Result<Timeline> {
    let series = read_series(context)?;
    let measure = context.request.measure;
    let bars = measure.additive();
    let line = (!measure.is_additive())
        .then(|| SecondSeries { name: measure.name().into(), numbers: numbers(context, &series, measure) });
    let previous = read_previous(context, &series, bars)?;
    let closer = |timespan: Timespan| context.link_if_any(&context.request.during(timespan));
    let links = series.iter().map(|(period, reading)| {
        // A period without data has no finer periods to show.
        let has_some = reading.as_ref().is_some_and(has_data) && period.start <= context.now;
        has_some.then(|| timespan_of_bar(period, context.zone(), context.now).and_then(closer)).flatten()
    });
    Ok(Timeline {
        links: links.collect(),
        measure: bars.name().into(),
        bars: numbers(context, &series, bars),
        line,
        previous,
        is_whole: bars.is_whole(context.definition.multiplier),
        time_axis: time_axis(
            context,
            series.into_iter().map(|(period, reading)| (period, reading.is_some())),
        ),
    })
}

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
    match context.request.timespan.as_last() {
        Some((1, Scale::Day)) => "yesterday".to_owned(),
        Some((1, scale)) => format!("the {scale} before"),
        Some((count, scale)) => format!("the {count} {scale}s before"),
        None => previous.label(),
    }
}
