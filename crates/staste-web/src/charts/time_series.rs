//! The periods of a timespan: their readings, their numbers, and the axis of a chart.

use staste_core::{Measure, Period, Result, Scale, Series};

use crate::context::PageContext;
use crate::context::timespan::{MAX_PERIODS, check_scale, too_many_periods};
use crate::drawing::{Number, TimeAxis};
use crate::request::time_labels::TimeLabels;

/// Reads the periods of the timespan at the requested scale.
///
/// # Errors
/// When the Store cannot be read, or there are too many periods.
pub(super) fn read_series(context: &PageContext) -> Result<Series> {
    check_scale(&context.range, context.scale())?;
    let series = context.range_view().series(context.scale())?;
    if i64::try_from(series.len()).is_ok_and(|periods| periods <= MAX_PERIODS) {
        Ok(series)
    } else {
        Err(too_many_periods(context.scale()))
    }
}

/// The horizontal axis of these periods, each with whether it is retained.
pub(super) fn time_axis(context: &PageContext, periods: impl Iterator<Item = (Period, bool)>) -> TimeAxis {
    let (scale, own, now) = (context.scale(), context.zone(), context.now);
    match &context.request.time_labels {
        // Periods longer than hours start with the days of the Metrica, whatever the reader's zone.
        TimeLabels::ReaderZone(zone) if matches!(scale, Scale::Minute | Scale::Hour) => {
            TimeAxis::new(periods, scale, zone, now)
        }
        TimeLabels::MetricaZone | TimeLabels::ReaderZone(_) => TimeAxis::new(periods, scale, own, now),
        TimeLabels::Relative => TimeAxis::new(periods, scale, own, now).with_relative_labels(own, now),
    }
}

/// A number for each period.
pub(super) fn numbers(context: &PageContext, series: &Series, measure: Measure) -> Vec<Option<Number>> {
    series.iter().map(|(_, reading)| context.number_of(measure, reading.as_ref()?)).collect()
}
