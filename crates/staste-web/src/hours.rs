//! Hours of the day by days of the week.

use staste_core::{Measure, Reading, Result, Scale, Total};

use crate::chart::{Heat, Number};
use crate::page::Page;

/// What was counted in an hour of a weekday, and how often that hour came.
type Sums = [[Option<(Reading, u32)>; 24]; 7];

impl Page {
    /// Hours by weekday over the timespan shown: of hours that came more than once what one had on average, so
    /// that a weekday that came once more does not seem busier. Where hours are no longer kept there is nothing.
    ///
    /// # Errors
    /// When the Store cannot be asked, or there are too many hours.
    pub(crate) fn hours(&self) -> Result<Heat> {
        self.span.check_scale(Scale::Hour)?;
        let mut sums: Box<Sums> = Box::new([[None; 24]; 7]);
        for (period, reading) in self.course_view()?.series(Scale::Hour)? {
            let day = usize::try_from(period.local.date().weekday().to_monday_zero_offset()).unwrap_or(0);
            let hour = usize::try_from(period.local.hour()).unwrap_or(0);
            // One that still runs would seem quieter than the others.
            let Some(reading) = reading.filter(|_| period.end <= self.now) else { continue };
            if let Some(sum) = sums.get_mut(day).and_then(|hours| hours.get_mut(hour)) {
                *sum = Some(sum.map_or((reading, 1), |(sum, often)| (added(&sum, &reading), often + 1)));
            }
        }
        let is_mean = sums.iter().flatten().flatten().any(|(_, often)| *often > 1);
        let number = |sum: Option<(Reading, u32)>| {
            let (reading, often) = sum?;
            let sum = self.number(&reading)?;
            if !is_mean || self.state.show == Measure::Average {
                return Some(sum);
            }
            Some(Number::average(sum.value() / f64::from(often), self.definition.multiplier))
        };
        let name = match self.state.show {
            Measure::Average => "average".to_owned(),
            measure if is_mean => format!("{} in an hour on average", measure.name()),
            measure => measure.name().to_owned(),
        };
        Ok(Heat {
            name: name.into(),
            cells: Box::new(sums.map(|hours| hours.map(number))),
            week_start: self.definition.week_start,
        })
    }
}

fn added(one: &Reading, other: &Reading) -> Reading {
    Reading {
        total: Total::new(one.total.raw() + other.total.raw(), one.total.multiplier()),
        count: one.count.zip(other.count).map(|(one, other)| one + other),
    }
}
