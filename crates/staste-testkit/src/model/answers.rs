//! What the model answers: sums over the events that a filter lets through.

use std::collections::BTreeMap;
use std::ops::Range;

use staste_core::Scale;

use super::compose::{Marks, tiles};
use super::{Ask, Event, Model, Pick, Shape, Span};

/// Total and count.
pub type Sum = (i128, i128);
/// A choice per axis asked for, with its sum.
pub type Row = (Vec<Pick>, Sum);
/// The instants of a period, and the sum of it when it is retained.
pub type Stretch = (Range<i64>, Option<Sum>);
/// A choice with a sum for each period.
pub type Line = (Pick, Vec<Option<Sum>>);

impl Model {
    /// Total and count; none when part of the time is not retained.
    pub fn read(&self, ask: &Ask, now: i64) -> Option<Sum> {
        self.readable(ask, now).then(|| sum(self.matching(ask, now)))
    }

    /// Total over count, when there is a count.
    pub fn average(&self, ask: &Ask, multiplier: u32, now: i64) -> Option<f64> {
        let (total, count) = self.read(ask, now)?;
        (count != 0).then(|| total as f64 / (count as f64 * f64::from(multiplier)))
    }

    /// Every choice of an axis: the known ones in order, then what else there is.
    pub fn by(&self, ask: &Ask, axis: &str, now: i64) -> Option<Vec<(Pick, Sum)>> {
        let rows = self.lines(ask, axis, &[(i64::MIN..i64::MAX, true)], now);
        let single = |(pick, sums): Line| (pick, sums.into_iter().flatten().next().unwrap());
        self.readable(ask, now).then(|| rows.into_iter().map(single).collect())
    }

    /// The combinations of choices that have events, largest total first.
    pub fn pivot(&self, ask: &Ask, axes: &[&str], now: i64) -> Option<Vec<Row>> {
        let mut rows: BTreeMap<Vec<Pick>, Sum> = BTreeMap::new();
        for event in self.matching(ask, now) {
            let group = axes.iter().map(|axis| event.picks[self.axis(axis)].group_below(ask.on(axis)));
            add(rows.entry(group.collect()).or_default(), event);
        }
        let mut rows: Vec<Row> = rows.into_iter().collect();
        rows.sort_by(|(one_picks, one), (other_picks, other)| {
            other.0.cmp(&one.0).then_with(|| one_picks.cmp(other_picks))
        });
        self.readable(ask, now).then_some(rows)
    }

    /// The periods of a scale, cut to the time asked for, with their sums. Where an end is open only
    /// the periods that have events.
    pub fn series(&self, ask: &Ask, scale: Scale, now: i64) -> Vec<Stretch> {
        let stretches = self.stretches(ask, scale, now);
        let events: Vec<&Event> = self.matching(ask, now).collect();
        let sums = stretches.into_iter().map(|(range, kept)| {
            let within = events.iter().filter(|event| range.contains(&event.at)).copied();
            (range.clone(), kept.then(|| sum(within)))
        });
        sums.collect()
    }

    /// A series split by an axis.
    pub fn series_by(&self, ask: &Ask, scale: Scale, axis: &str, now: i64) -> (Vec<Range<i64>>, Vec<Line>) {
        let stretches = self.stretches(ask, scale, now);
        let lines = self.lines(ask, axis, &stretches, now);
        (stretches.into_iter().map(|(range, _)| range).collect(), lines)
    }

    /// The periods of the next finer scale, as [`Model::series`] has them.
    pub fn periods(&self, ask: &Ask, now: i64) -> Vec<Stretch> {
        let own = match ask.span {
            Span::Ever => Scale::Ever,
            Span::Period(scale, _) | Span::Last(1, scale) => scale,
            _ => panic!("{ask:?} is no single period"),
        };
        self.series(ask, own.finer().unwrap(), now)
    }

    fn lines(&self, ask: &Ask, axis: &str, stretches: &[(Range<i64>, bool)], now: i64) -> Vec<Line> {
        let index = self.axis(axis);
        let fixed = ask.on(axis).filter(|pick| !matches!(pick, Pick::Path(..)));
        let above = ask.on(axis).filter(|pick| matches!(pick, Pick::Path(..)));
        let known = match fixed {
            Some(fixed) => vec![fixed.clone()],
            None => self.axes[index].known_below(above),
        };
        let events: Vec<(Pick, &Event)> = self
            .matching(ask, now)
            .map(|event| (fixed.cloned().unwrap_or_else(|| event.picks[index].group_below(above)), event))
            .collect();
        let seen = |range: &Range<i64>, event: &Event| range.contains(&event.at);
        let mut picks: Vec<Pick> = events
            .iter()
            .filter(|(_, event)| stretches.iter().any(|(range, kept)| *kept && seen(range, event)))
            .map(|(pick, _)| pick.clone())
            .filter(|pick| !known.contains(pick))
            .collect();
        picks.sort();
        picks.dedup();
        let line = |pick: Pick| {
            let sums = stretches.iter().map(|(range, kept)| {
                let own = events.iter().filter(|(group, event)| *group == pick && seen(range, event));
                kept.then(|| sum(own.map(|(_, event)| *event)))
            });
            (pick.clone(), sums.collect())
        };
        known.into_iter().chain(picks).map(line).collect()
    }

    /// The periods of a series with whether they are retained.
    fn stretches(&self, ask: &Ask, scale: Scale, now: i64) -> Vec<(Range<i64>, bool)> {
        let marks = self.marks_at(now);
        let mut stretches = Vec::new();
        for asked in self.ranges(ask, now) {
            let open = scale != Scale::Ever && (asked.start == i64::MIN || asked.end == i64::MAX);
            let buckets = if open { self.seen(ask, scale, now) } else { self.buckets(scale, &asked) };
            for bucket in buckets {
                let cut = bucket.start.max(asked.start)..bucket.end.min(asked.end);
                let kept = self.keeps(&marks, scale, &bucket, &cut, now);
                if kept || !open {
                    stretches.push((cut, kept));
                }
            }
        }
        stretches
    }

    fn keeps(&self, marks: &Marks, scale: Scale, bucket: &Range<i64>, cut: &Range<i64>, now: i64) -> bool {
        let own = scale.kept_index().is_some_and(|index| bucket.start >= marks[index]);
        (own && bucket == cut) || tiles(&self.civil, marks, cut, now)
    }

    fn seen(&self, ask: &Ask, scale: Scale, now: i64) -> Vec<Range<i64>> {
        let mut buckets: Vec<Range<i64>> =
            self.matching(ask, now).map(|event| self.civil.bucket(scale, event.at)).collect();
        buckets.sort_by_key(|bucket| bucket.start);
        buckets.dedup();
        buckets
    }

    fn buckets(&self, scale: Scale, range: &Range<i64>) -> Vec<Range<i64>> {
        let mut buckets: Vec<Range<i64>> = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let bucket = self.civil.bucket(scale, at);
            at = bucket.end;
            buckets.push(bucket);
        }
        buckets
    }

    fn readable(&self, ask: &Ask, now: i64) -> bool {
        let marks = self.marks_at(now);
        self.ranges(ask, now).iter().all(|range| tiles(&self.civil, &marks, range, now))
    }

    fn ranges(&self, ask: &Ask, now: i64) -> Vec<Range<i64>> {
        match ask.span {
            Span::Ever => one(i64::MIN..i64::MAX),
            Span::Period(scale, local) => self.civil.runs(scale, self.civil.floor(scale, local)),
            Span::Between(since, until) => one(since.unwrap_or(i64::MIN)..until.unwrap_or(i64::MAX)),
            Span::Last(count, scale) => {
                let end = self.civil.bucket(scale, now).end;
                let start = (0..count).fold(end, |start, _| self.civil.bucket(scale, start - 1).start);
                one(start..end)
            }
        }
    }

    fn matching<'a>(&'a self, ask: &'a Ask, now: i64) -> impl Iterator<Item = &'a Event> {
        let ranges = self.ranges(ask, now);
        self.events.iter().filter(move |event| {
            let in_time = match ask.span {
                // By the label, not by the runs: the calendar done another way.
                Span::Period(scale, local) if scale != Scale::Ever => {
                    self.civil.label(scale, event.at) == self.civil.floor(scale, local)
                }
                _ => ranges.iter().any(|range| range.contains(&event.at)),
            };
            in_time && ask.filter.iter().all(|(axis, wanted)| event.picks[self.axis(axis)].matches(wanted))
        })
    }

    /// True when the axis takes paths.
    pub fn is_path(&self, axis: &str) -> bool {
        self.axes[self.axis(axis)].shape == Shape::Path
    }
}

fn one(range: Range<i64>) -> Vec<Range<i64>> {
    std::iter::once(range).collect()
}

fn add(sum: &mut Sum, event: &Event) {
    sum.0 += event.total;
    sum.1 += 1;
}

fn sum<'a>(events: impl Iterator<Item = &'a Event>) -> Sum {
    events.fold((0, 0), |mut sum, event| {
        add(&mut sum, event);
        sum
    })
}
