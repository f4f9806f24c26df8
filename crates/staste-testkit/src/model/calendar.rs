//! The calendar of the model: the label of a period by jiff's civil arithmetic, and the instants that have that label.

use std::ops::Range;

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use staste_core::Scale;

/// A time zone with the first day of its weeks (0 is Monday).
#[derive(Clone, Debug)]
pub struct ModelCalendar {
    zone: TimeZone,
    week_start: i8,
}

impl ModelCalendar {
    /// Creates the calendar of an IANA zone.
    pub fn new(zone: &str, week_start: i8) -> ModelCalendar {
        let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
        ModelCalendar { zone, week_start }
    }

    /// Returns the local time of an instant.
    pub fn local(&self, at: i64) -> DateTime {
        self.zone.to_datetime(timestamp(at))
    }

    /// Returns the offset from UTC at an instant, in seconds.
    pub fn offset(&self, at: i64) -> i32 {
        self.zone.to_offset(timestamp(at)).seconds()
    }

    /// Returns the instant of a local time, by jiff's "compatible" rule.
    pub fn instant(&self, local: DateTime) -> i64 {
        self.zone.to_timestamp(local).unwrap().as_second()
    }

    /// Returns the local time at which the period of an instant begins.
    pub fn label(&self, scale: Scale, at: i64) -> DateTime {
        self.floor(scale, self.local(at))
    }

    /// Returns the local time at which the period of a local time begins.
    pub fn floor(&self, scale: Scale, local: DateTime) -> DateTime {
        let date = local.date();
        let day = match scale {
            Scale::Minute => return date.at(local.hour(), local.minute(), 0, 0),
            Scale::Hour => return date.at(local.hour(), 0, 0, 0),
            Scale::Day => date,
            Scale::Week => {
                let since = (date.weekday().to_monday_zero_offset() - self.week_start).rem_euclid(7);
                date.saturating_sub(i64::from(since).days())
            }
            Scale::Month => date.first_of_month(),
            Scale::Quarter => {
                date.first_of_month().saturating_sub(i64::from((date.month() - 1) % 3).months())
            }
            Scale::Year => date.first_of_year(),
            Scale::Ever => panic!("ever has no label"),
        };
        day.at(0, 0, 0, 0)
    }

    /// Returns the local time at which the next period begins after the one that begins at `label`.
    pub fn next(&self, scale: Scale, label: DateTime) -> DateTime {
        let span = match scale {
            Scale::Minute => 1.minute(),
            Scale::Hour => 1.hour(),
            Scale::Day => 1.day(),
            Scale::Week => 1.week(),
            Scale::Month => 1.month(),
            Scale::Quarter => 3.months(),
            Scale::Year => 1.year(),
            Scale::Ever => panic!("ever has no label"),
        };
        label.saturating_add(span)
    }

    /// Returns the bucket of an instant: the longest run of instants with its label and, for minutes and hours, with
    /// its offset.
    pub fn bucket(&self, scale: Scale, at: i64) -> Range<i64> {
        if scale == Scale::Ever {
            return i64::MIN..i64::MAX;
        }
        let label = self.label(scale, at);
        let offset = matches!(scale, Scale::Minute | Scale::Hour).then(|| self.offset(at));
        self.run(scale, label, at, |instant| offset.is_none_or(|offset| offset == self.offset(instant)))
    }

    /// Returns the runs of instants in the period that begins at a local time: none if a gap skips it, two if a fold
    /// splits it.
    pub fn runs(&self, scale: Scale, label: DateTime) -> Vec<Range<i64>> {
        let edges = self.edges(label, self.next(scale, label));
        let within = edges.into_iter().filter(|edge| self.label(scale, *edge) == label);
        let mut runs: Vec<Range<i64>> = within.map(|edge| self.run(scale, label, edge, |_| true)).collect();
        runs.dedup();
        runs
    }

    fn run(&self, scale: Scale, label: DateTime, at: i64, also: impl Fn(i64) -> bool) -> Range<i64> {
        let edges = self.edges(label, self.next(scale, label));
        let belongs = |instant: i64| self.label(scale, instant) == label && also(instant);
        let start = edges.iter().rev().find(|edge| **edge <= at && !belongs(**edge - 1));
        let end = edges.iter().find(|edge| **edge > at && !belongs(**edge));
        *start.unwrap()..*end.unwrap()
    }

    /// Returns every instant at which a label between two local times can begin or end: both readings of each, and the
    /// clock changes around them.
    fn edges(&self, from: DateTime, to: DateTime) -> Vec<i64> {
        let mut edges = Vec::new();
        for local in [from, to] {
            let ambiguous = self.zone.to_ambiguous_timestamp(local);
            edges.extend([ambiguous.earlier(), ambiguous.later()].map(|edge| edge.unwrap().as_second()));
        }
        let (low, high) = (edges[0] - 2 * 86_400, edges[3] + 2 * 86_400);
        let changes = self.zone.following(timestamp(low)).map(|change| change.timestamp().as_second());
        edges.extend(changes.take_while(|change| *change <= high));
        edges.sort_unstable();
        edges
    }
}

fn timestamp(at: i64) -> Timestamp {
    Timestamp::from_second(at).unwrap()
}
