//! `spread`: values over time as a heatmap, time by value.

use staste_core::{Measure, Result};

use super::Chart;
use super::time_series::{numbers, read_series, time_axis};
use crate::context::PageContext;
use crate::drawing::{self, Caption, Drawing, SafeText};

#[derive(Debug)]
pub(super) struct Spread;

impl Chart for Spread {
    fn name(&self) -> &'static str {
        "spread"
    }

    fn title(&self, context: &PageContext) -> Result<String> {
        Ok(format!("Values by {}", context.scale()))
    }

    fn draw(&self, context: &PageContext, caption: &Caption) -> Result<Drawing> {
        Ok(read_spread(context)?.draw(caption))
    }
}

/// Reads the distribution of each period.
///
/// # Errors
/// When the Store cannot be read, the Metrica is not a distribution, or there are too many periods.
pub(crate) fn read_spread(context: &PageContext) -> Result<drawing::ValueHeatmap> {
    let measures = context.percentile_measures();
    for measure in &measures {
        context.definition.check_measure(*measure)?;
    }
    let series = read_series(&context.with_measure(Measure::Percentile(staste_core::Percentile::P95))?)?;
    let periods = series.iter().map(|(_, reading)| {
        let distribution = reading.as_ref()?.distribution.as_deref()?;
        (distribution.unrecorded() == 0).then(|| distribution.clone())
    });
    Ok(drawing::ValueHeatmap {
        periods: periods.collect(),
        numbers: measures
            .into_iter()
            .map(|measure| (SafeText::from(measure.name()), numbers(context, &series, measure)))
            .collect(),
        multiplier: context.definition.multiplier,
        unit: context.definition.labels.unit.clone(),
        time_axis: time_axis(
            context,
            series.into_iter().map(|(period, reading)| (period, reading.is_some())),
        ),
    })
}
