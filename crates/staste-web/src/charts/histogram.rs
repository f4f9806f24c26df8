//! `histogram`: how many values are in each range, with marks of p50, p95 and p99.

use staste_core::{Measure, Result};

use super::Chart;
use crate::context::PageContext;
use crate::drawing::{self, Caption, Drawing, SafeText};

#[derive(Debug)]
pub(super) struct HistogramChart;

impl Chart for HistogramChart {
    fn name(&self) -> &'static str {
        "histogram"
    }

    fn title(&self, _context: &PageContext) -> Result<String> {
        Ok("By value".to_owned())
    }

    fn draw(&self, context: &PageContext, caption: &Caption) -> Result<Drawing> {
        Ok(read_histogram(context)?.draw(caption))
    }
}

/// Reads the histogram of the timespan.
///
/// # Errors
/// When the Store cannot be read, the Metrica is not a distribution, or some kicks have no bin.
pub(crate) fn read_histogram(context: &PageContext) -> Result<drawing::Histogram> {
    let distribution = context.view.recorded_distribution()?;
    let percentiles = context.percentile_measures();
    let marks = percentiles.into_iter().filter_map(|measure| {
        let Measure::Percentile(percentile) = measure else { return None };
        Some((SafeText::from(measure.name()), context.value(distribution.percentile(percentile)?)))
    });
    Ok(drawing::Histogram {
        marks: marks.collect(),
        bins: distribution.bins().collect(),
        multiplier: context.definition.multiplier,
        unit: context.definition.labels.unit.clone(),
    })
}
