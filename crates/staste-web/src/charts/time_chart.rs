//! Charts over time: the readings of a timespan as bars, with averages as a line and the previous timespan as marks.

use staste_core::{Result, Timespan};

use super::choice_lines::read_lines;
use super::percentile_lines::read_percentile_lines;
use super::previous_timespan::read_previous;
use super::time_series::{numbers, read_series, time_axis};
use crate::context::PageContext;
use crate::context::timespan::timespan_of_bar;
use crate::drawing::{Caption, Drawing, SecondSeries, Timeline};
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
        None if context.request.measure.is_percentile() => Ok(read_percentile_lines(context)?.draw(caption)),
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
