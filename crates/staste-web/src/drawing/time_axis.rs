//! `TimeAxis`: the horizontal axis, which is the periods of a series in a zone.

use staste_core::{Period, Scale, Zone};

use super::axis_period::{AxisPeriod, PeriodStage};
use super::relative_time;
use super::ticks::{Tick, ticks};

/// The horizontal axis of a chart.
#[derive(Clone, Debug)]
pub struct TimeAxis {
    periods: Vec<AxisPeriod>,
    scale: Scale,
    start: i64,
    end: i64,
    ticks: Vec<Tick>,
}

impl TimeAxis {
    /// The axis of periods in order of time, each with whether it is retained, as of `now`.
    pub fn new(
        periods: impl IntoIterator<Item = (Period, bool)>,
        scale: Scale,
        zone: &Zone,
        now: i64,
    ) -> TimeAxis {
        let of = |(period, is_retained): (Period, bool)| AxisPeriod::new(&period, is_retained, zone, now);
        let mut periods: Vec<AxisPeriod> = periods.into_iter().map(of).collect();
        for index in 1..periods.len() {
            let pair = periods.get(index - 1).zip(periods.get(index));
            let is_repeated = pair.is_some_and(|(one, two)| one.label == two.label);
            if is_repeated && let Some(period) = periods.get_mut(index) {
                // The second hour of a fold.
                period.label.push_str(" again");
            }
        }
        let start = periods.first().map_or(0, |period| period.start);
        let end = periods.last().map_or(0, |period| period.end).max(start + 1);
        let mut ticks = ticks(start..end, scale, zone);
        if !matches!(scale, Scale::Minute | Scale::Hour) {
            // The label of a day, a month or a year is in its middle, and that of an hour where it starts.
            for tick in &mut ticks {
                if let Ok(index) = periods.binary_search_by_key(&tick.at, |period| period.start)
                    && let Some(period) = periods.get(index)
                {
                    tick.at = i64::midpoint(period.start, period.end);
                }
            }
        }
        TimeAxis { periods, scale, start, end, ticks }
    }

    /// Labels periods by how long ago they were, in periods of their scale in a zone: `7 hrs ago`.
    #[must_use]
    pub fn with_relative_labels(mut self, zone: &Zone, now: i64) -> TimeAxis {
        self.ticks = relative_time::label(&mut self.periods, self.scale, zone, now);
        self
    }

    /// Its periods.
    pub fn periods(&self) -> &[AxisPeriod] {
        &self.periods
    }

    /// The scale of its periods.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    pub(super) fn ticks(&self) -> &[Tick] {
        &self.ticks
    }

    /// The place of an instant, as a share of the width.
    #[expect(clippy::cast_precision_loss, reason = "a place on a screen")]
    pub(super) fn x(&self, instant: i64) -> f64 {
        (instant - self.start) as f64 / (self.end - self.start) as f64
    }

    /// The middle of a period, as a share of the width.
    pub(super) fn middle(&self, period: &AxisPeriod) -> f64 {
        f64::midpoint(self.x(period.start), self.x(period.end))
    }

    /// The ranges of periods that are not retained.
    pub(super) fn not_retained(&self) -> Vec<(f64, f64)> {
        let mut ranges: Vec<(f64, f64)> = Vec::new();
        for period in self.periods.iter().filter(|period| period.stage == PeriodStage::NotRetained) {
            let (from, to) = (self.x(period.start), self.x(period.end));
            match ranges.last_mut() {
                Some(last) if last.1 >= from => last.1 = to,
                _ => ranges.push((from, to)),
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use staste_core::{Axis, Clock, MemoryStore, Metrica, Moment, Staste, Timespan};
    use std::sync::Arc;

    const NOW: i64 = 1_700_000_000;

    fn guests(zone: &str) -> Metrica {
        let staste = Staste::with(
            Arc::new(MemoryStore::new()),
            Clock::fixed(NOW),
            staste_core::RecorderOptions::default(),
        );
        staste.metrica("guests").axis("age", Axis::stored()).zone(zone).build().unwrap()
    }

    fn axis(metrica: &Metrica, timespan: Timespan, scale: Scale, zone: &str) -> TimeAxis {
        let series = metrica.timespan(timespan).series(scale).unwrap();
        let periods = series.into_iter().map(|(period, reading)| (period, reading.is_some()));
        TimeAxis::new(periods, scale, &Zone::named(zone).unwrap(), NOW)
    }

    #[test]
    fn periods_are_complete_running_future_or_not_retained() {
        let metrica = guests("UTC");
        metrica.kick_with([("age", "1")], 1, Moment::Now).unwrap();
        // 2023-11-14 22:13 UTC.
        let hours = axis(&metrica, Timespan::day(2023, 11, 14).unwrap(), Scale::Hour, "UTC");
        let stages: Vec<PeriodStage> = hours.periods().iter().map(|period| period.stage).collect();
        assert_eq!(stages[..22], [PeriodStage::Complete; 22]);
        assert_eq!(stages[22..], [PeriodStage::Running, PeriodStage::Future]);
        assert_eq!(hours.periods()[1].label, "Tue 14 Nov 2023, 01:00");
        let old = axis(&metrica, Timespan::hour(2023, 10, 1, 0).unwrap(), Scale::Minute, "UTC");
        assert_eq!(old.periods()[0].stage, PeriodStage::NotRetained);
        assert_eq!(old.not_retained(), [(0.0, 1.0)]);
    }

    #[test]
    fn hours_of_a_fold_have_distinct_labels_in_the_zone_of_the_reader() {
        let metrica = guests("Europe/Berlin");
        let day = Timespan::day(2023, 10, 29).unwrap();
        let hours = axis(&metrica, day, Scale::Hour, "Europe/Berlin");
        let labels: Vec<&str> = hours.periods().iter().map(|period| period.label.as_str()).collect();
        assert_eq!(labels.len(), 25);
        assert_eq!(labels[2..4], ["Sun 29 Oct 2023, 02:00", "Sun 29 Oct 2023, 02:00 again"]);
        let elsewhere = axis(&metrica, day, Scale::Hour, "UTC");
        assert_eq!(elsewhere.periods()[0].label, "Sat 28 Oct 2023, 22:00");
    }
}
