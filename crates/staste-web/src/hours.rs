//! Hours of the day by days of the week.

use staste_core::{Reading, Result, Scale, Total};

use crate::chart::{Heat, Number};
use crate::page::Page;

type Sums = [[Option<Reading>; 24]; 7];

impl Page {
    /// Hours by weekday over the stretch of time shown. Where hours are no longer kept there is nothing.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn hours(&self) -> Result<Heat> {
        let mut sums: Box<Sums> = Box::new([[None; 24]; 7]);
        for (period, reading) in self.view.series(Scale::Hour)? {
            let day = usize::try_from(period.local.date().weekday().to_monday_zero_offset()).unwrap_or(0);
            let hour = usize::try_from(period.local.hour()).unwrap_or(0);
            let Some(reading) = reading.filter(|_| period.start <= self.now) else { continue };
            if let Some(sum) = sums.get_mut(day).and_then(|hours| hours.get_mut(hour)) {
                *sum = Some(sum.map_or(reading, |sum| added(&sum, &reading)));
            }
        }
        let cells: [[Option<Number>; 24]; 7] =
            sums.map(|hours| hours.map(|reading| reading.and_then(|reading| self.number(&reading))));
        Ok(Heat {
            name: self.state.show.name().into(),
            cells: Box::new(cells),
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
