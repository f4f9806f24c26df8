//! Percentiles over time: a line for each.

use staste_core::Result;

use super::previous_timespan::read_previous;
use super::time_series::{numbers, read_series, time_axis};
use crate::context::PageContext;
use crate::drawing::{Color, Line, LineChart, SafeText};

/// The color of the previous timespan.
const PREVIOUS: usize = 11;

/// Reads p50, p95, p99 and the requested percentile, with the requested one of the previous timespan where the request
/// compares with it.
///
/// # Errors
/// When the Store cannot be read, or there are too many periods.
pub(super) fn read_percentile_lines(context: &PageContext) -> Result<LineChart> {
    let series = read_series(context)?;
    let lines = context.percentile_measures().into_iter().enumerate().map(|(nth, measure)| Line {
        name: SafeText::from(measure.name()),
        color: Color::Nth(nth),
        is_total: false,
        numbers: numbers(context, &series, measure),
    });
    let mut lines: Vec<Line> = lines.collect();
    if let Some(previous) = read_previous(context, &series, context.request.measure)? {
        lines.push(Line {
            name: SafeText::from(format!("{} {}", context.request.measure, previous.name)),
            color: Color::Nth(PREVIOUS),
            is_total: false,
            numbers: previous.numbers,
        });
    }
    let periods = series.into_iter().map(|(period, reading)| (period, reading.is_some()));
    Ok(LineChart { time_axis: time_axis(context, periods), series: lines, is_whole: false })
}
