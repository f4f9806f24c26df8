//! `Times`: the horizontal axis, which is the periods of a series in a zone.

use jiff::civil::DateTime;
use staste_core::{Period, Scale, Zone};

use super::ago;
use super::ticks::{Tick, ticks};

/// What a period of a chart is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is over.
    Whole,
    /// It is over, and those who asked want a part of it only.
    Cut,
    /// It is still running: what is counted of it grows.
    Running,
    /// It has not begun.
    Ahead,
    /// It is no longer kept.
    NotRetained,
}

/// A period on the horizontal axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Where it begins, in unix seconds.
    pub start: i64,
    /// Where it ends.
    pub end: i64,
    /// What it is called: `Sat 25 Oct 2025, 14:00`.
    pub label: String,
    /// What it is.
    pub stage: Stage,
}

/// The horizontal axis of a chart.
#[derive(Clone, Debug)]
pub struct Times {
    slots: Vec<Slot>,
    scale: Scale,
    start: i64,
    end: i64,
    ticks: Vec<Tick>,
}

impl Times {
    /// The axis of periods, in order of time, as of `now`. Of each comes along whether it is retained.
    pub fn new(
        periods: impl IntoIterator<Item = (Period, bool)>,
        scale: Scale,
        zone: &Zone,
        now: i64,
    ) -> Times {
        let mut slots: Vec<Slot> = Vec::new();
        for (period, is_retained) in periods {
            let stage = match period {
                _ if !is_retained => Stage::NotRetained,
                ref period if period.start > now => Stage::Ahead,
                ref period if period.end > now => Stage::Running,
                ref period if period.partial => Stage::Cut,
                _ => Stage::Whole,
            };
            slots.push(Slot { start: period.start, end: period.end, label: label(&period, zone), stage });
        }
        for index in 1..slots.len() {
            let repeated =
                slots.get(index - 1).zip(slots.get(index)).is_some_and(|(one, two)| one.label == two.label);
            if repeated && let Some(slot) = slots.get_mut(index) {
                // The second hour of a fold.
                slot.label.push_str(" again");
            }
        }
        let start = slots.first().map_or(0, |slot| slot.start);
        let end = slots.last().map_or(0, |slot| slot.end).max(start + 1);
        let mut ticks = ticks(start..end, scale, zone);
        if !matches!(scale, Scale::Minute | Scale::Hour) {
            // A label that names a day, a month or a year stands in its middle, and one of an hour where it begins.
            for tick in &mut ticks {
                if let Ok(index) = slots.binary_search_by_key(&tick.at, |slot| slot.start)
                    && let Some(slot) = slots.get(index)
                {
                    tick.at = i64::midpoint(slot.start, slot.end);
                }
            }
        }
        Times { slots, scale, start, end, ticks }
    }

    /// The same with its periods told by how long ago they were, in periods of their scale in a zone: `7 hrs ago`.
    #[must_use]
    pub fn ago(mut self, zone: &Zone, now: i64) -> Times {
        self.ticks = ago::tell(&mut self.slots, self.scale, zone, now);
        self
    }

    /// Its periods.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The scale of its periods.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    pub(super) fn ticks(&self) -> &[Tick] {
        &self.ticks
    }

    /// Where an instant lies, as a share of the width.
    #[expect(clippy::cast_precision_loss, reason = "a place on a screen")]
    pub(super) fn x(&self, instant: i64) -> f64 {
        (instant - self.start) as f64 / (self.end - self.start) as f64
    }

    /// The middle of a period, as a share of the width.
    pub(super) fn middle(&self, slot: &Slot) -> f64 {
        f64::midpoint(self.x(slot.start), self.x(slot.end))
    }

    /// The stretches of periods that are not retained.
    pub(super) fn not_retained(&self) -> Vec<(f64, f64)> {
        let mut stretches: Vec<(f64, f64)> = Vec::new();
        for slot in self.slots.iter().filter(|slot| slot.stage == Stage::NotRetained) {
            let (from, to) = (self.x(slot.start), self.x(slot.end));
            match stretches.last_mut() {
                Some(last) if last.1 >= from => last.1 = to,
                _ => stretches.push((from, to)),
            }
        }
        stretches
    }
}

/// What a period is called, in the zone of who looks.
fn label(period: &Period, zone: &Zone) -> String {
    let local = |instant: i64| zone.civil(instant).unwrap_or(period.local);
    let begins = local(period.start);
    let date = |local: DateTime| local.strftime("%a %-d %b %Y").to_string();
    match period.scale {
        Scale::Ever => "all time".to_owned(),
        Scale::Year => period.label(),
        Scale::Quarter => {
            format!("Q{} {}", (period.local.month() - 1) / 3 + 1, period.local.year())
        }
        Scale::Month => period.local.strftime("%B %Y").to_string(),
        Scale::Week => format!("week of {}", period.local.strftime("%-d %b %Y")),
        Scale::Day => date(period.local),
        Scale::Hour | Scale::Minute => format!("{}, {}", date(begins), begins.strftime("%H:%M")),
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

    fn times(metrica: &Metrica, timespan: Timespan, scale: Scale, zone: &str) -> Times {
        let series = metrica.timespan(timespan).series(scale).unwrap();
        let periods = series.into_iter().map(|(period, reading)| (period, reading.is_some()));
        Times::new(periods, scale, &Zone::named(zone).unwrap(), NOW)
    }

    #[test]
    fn periods_are_over_running_ahead_or_gone() {
        let metrica = guests("UTC");
        metrica.kick_with([("age", "1")], 1, Moment::Now).unwrap();
        // 2023-11-14 22:13 UTC.
        let hours = times(&metrica, Timespan::day(2023, 11, 14).unwrap(), Scale::Hour, "UTC");
        let stages: Vec<Stage> = hours.slots().iter().map(|slot| slot.stage).collect();
        assert_eq!(stages[..22], [Stage::Whole; 22]);
        assert_eq!(stages[22..], [Stage::Running, Stage::Ahead]);
        assert_eq!(hours.slots()[1].label, "Tue 14 Nov 2023, 01:00");
        let old = times(&metrica, Timespan::hour(2023, 10, 1, 0).unwrap(), Scale::Minute, "UTC");
        assert_eq!(old.slots()[0].stage, Stage::NotRetained);
        assert_eq!(old.not_retained(), [(0.0, 1.0)]);
    }

    #[test]
    fn both_hours_of_a_fold_have_a_name_and_the_viewer_has_a_zone() {
        let metrica = guests("Europe/Berlin");
        let day = Timespan::day(2023, 10, 29).unwrap();
        let hours = times(&metrica, day, Scale::Hour, "Europe/Berlin");
        let labels: Vec<&str> = hours.slots().iter().map(|slot| slot.label.as_str()).collect();
        assert_eq!(labels.len(), 25);
        assert_eq!(labels[2..4], ["Sun 29 Oct 2023, 02:00", "Sun 29 Oct 2023, 02:00 again"]);
        let elsewhere = times(&metrica, day, Scale::Hour, "UTC");
        assert_eq!(elsewhere.slots()[0].label, "Sat 28 Oct 2023, 22:00");
    }
}
