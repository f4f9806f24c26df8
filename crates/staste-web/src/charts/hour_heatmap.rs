//! `hours`: hours of the day by days of the week.

use staste_core::{Reading, Result, Scale};

use super::Chart;
use crate::context::PageContext;
use crate::context::timespan::check_scale;
use crate::drawing::{Caption, Drawing, HourHeatmap, Number};

#[derive(Debug)]
pub(super) struct Hours;

impl Chart for Hours {
    fn name(&self) -> &'static str {
        "hours"
    }

    fn title(&self, _context: &PageContext) -> Result<String> {
        Ok("By hour and weekday".to_owned())
    }

    fn draw(&self, context: &PageContext, caption: &Caption) -> Result<Drawing> {
        Ok(read_heatmap(context)?.draw(caption))
    }
}

/// The sum of each hour of the week, and the number of such hours.
type HourSums = [[Option<(Reading, u32)>; 24]; 7];

/// Reads hours by weekday. An hour that occurred more than once has its mean, so that a weekday that occurred once more
/// does not seem busier. Hours that are no longer retained are empty.
///
/// # Errors
/// When the Store cannot be read, or there are too many hours.
pub(crate) fn read_heatmap(context: &PageContext) -> Result<HourHeatmap> {
    check_scale(&context.range, Scale::Hour)?;
    let mut sums: Box<HourSums> = Box::default();
    for (period, reading) in context.range_view().series(Scale::Hour)? {
        let day = usize::try_from(period.local.date().weekday().to_monday_zero_offset()).unwrap_or(0);
        let hour = usize::try_from(period.local.hour()).unwrap_or(0);
        // The running hour would seem quieter than the others.
        let Some(reading) = reading.filter(|_| period.end <= context.now) else { continue };
        if let Some(cell) = sums.get_mut(day).and_then(|hours| hours.get_mut(hour)) {
            *cell = Some(match cell.take() {
                Some((all, hours)) => (all.plus(&reading), hours + 1),
                None => (reading, 1),
            });
        }
    }
    let measure = context.request.measure;
    let is_mean = sums.iter().flatten().flatten().any(|(_, hours)| *hours > 1);
    let number = |cell: Option<(Reading, u32)>| {
        let (reading, hours) = cell?;
        let all = context.number(&reading)?;
        if !is_mean || !measure.is_additive() {
            return Some(all);
        }
        let mean = Number::average(all.value() / f64::from(hours), context.definition.multiplier);
        Some(mean.in_unit(all.unit()))
    };
    let name = if is_mean && measure.is_additive() {
        format!("{measure} in an hour on average")
    } else {
        measure.to_string()
    };
    Ok(HourHeatmap {
        name: name.into(),
        cells: Box::new(sums.map(|hours| hours.map(number))),
        week_start: context.definition.week_start,
    })
}
