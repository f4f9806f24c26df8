//! The results of queries on the model: sums over the events that match the filter.

use std::collections::BTreeMap;
use std::ops::Range;

use staste_core::Scale;

use super::choice::ModelChoice;
use super::event_list::{Model, ModelAxisKind, ModelEvent};
use super::query::{ModelQuery, ModelSpan};
use super::retention::{ModelWatermarks, is_covered};

/// Total and count.
pub type ModelAmount = (i128, i128);
/// A choice for each axis of a pivot, with the sum.
pub type PivotRow = (Vec<ModelChoice>, ModelAmount);
/// The instants of a period, and its sum if it is retained.
pub type ModelPeriod = (Range<i64>, Option<ModelAmount>);
/// A choice with a sum for each period.
pub type ModelLine = (ModelChoice, Vec<Option<ModelAmount>>);

impl Model {
    /// Returns total and count, or `None` if part of the timespan is not retained.
    pub fn read(&self, query: &ModelQuery, now: i64) -> Option<ModelAmount> {
        self.is_readable(query, now).then(|| sum(self.matching(query, now)))
    }

    /// Returns the total divided by the count, if there are kicks.
    pub fn average(&self, query: &ModelQuery, multiplier: u32, now: i64) -> Option<f64> {
        let (total, count) = self.read(query, now)?;
        (count != 0).then(|| total as f64 / (count as f64 * f64::from(multiplier)))
    }

    /// Returns the sum of each choice of an axis: the known choices in order, then the others that have events.
    pub fn by(&self, query: &ModelQuery, axis: &str, now: i64) -> Option<Vec<(ModelChoice, ModelAmount)>> {
        let rows = self.lines(query, axis, &[(i64::MIN..i64::MAX, true)], now);
        let single = |(choice, sums): ModelLine| (choice, sums.into_iter().flatten().next().unwrap());
        self.is_readable(query, now).then(|| rows.into_iter().map(single).collect())
    }

    /// Returns the sum of each combination of choices that has events, largest total first.
    pub fn pivot(&self, query: &ModelQuery, axes: &[&str], now: i64) -> Option<Vec<PivotRow>> {
        let mut rows: BTreeMap<Vec<ModelChoice>, ModelAmount> = BTreeMap::new();
        for event in self.matching(query, now) {
            let group =
                axes.iter().map(|axis| event.choices[self.axis(axis)].group_below(query.choice_on(axis)));
            add(rows.entry(group.collect()).or_default(), event);
        }
        let mut rows: Vec<PivotRow> = rows.into_iter().collect();
        rows.sort_by(|(one_choices, one), (other_choices, other)| {
            other.0.cmp(&one.0).then_with(|| one_choices.cmp(other_choices))
        });
        self.is_readable(query, now).then_some(rows)
    }

    /// Returns the sum of each period of a scale, cut to the timespan. If an end of the timespan is open, only periods
    /// that have events are returned.
    pub fn series(&self, query: &ModelQuery, scale: Scale, now: i64) -> Vec<ModelPeriod> {
        let periods = self.periods_of(query, scale, now);
        let events: Vec<&ModelEvent> = self.matching(query, now).collect();
        let sums = periods.into_iter().map(|(range, kept)| {
            let within = events.iter().filter(|event| range.contains(&event.at)).copied();
            (range.clone(), kept.then(|| sum(within)))
        });
        sums.collect()
    }

    /// Returns a series for each choice of an axis.
    pub fn series_by(
        &self,
        query: &ModelQuery,
        scale: Scale,
        axis: &str,
        now: i64,
    ) -> (Vec<Range<i64>>, Vec<ModelLine>) {
        let periods = self.periods_of(query, scale, now);
        let lines = self.lines(query, axis, &periods, now);
        (periods.into_iter().map(|(range, _)| range).collect(), lines)
    }

    /// Returns the series of the next finer scale.
    pub fn periods(&self, query: &ModelQuery, now: i64) -> Vec<ModelPeriod> {
        let own = match query.span {
            ModelSpan::Ever => Scale::Ever,
            ModelSpan::Period(scale, _) | ModelSpan::Last(1, scale) => scale,
            _ => panic!("{query:?} is not a single period"),
        };
        self.series(query, own.finer().unwrap(), now)
    }

    fn lines(
        &self,
        query: &ModelQuery,
        axis: &str,
        periods: &[(Range<i64>, bool)],
        now: i64,
    ) -> Vec<ModelLine> {
        let index = self.axis(axis);
        let fixed = query.choice_on(axis).filter(|choice| !matches!(choice, ModelChoice::Path(..)));
        let above = query.choice_on(axis).filter(|choice| matches!(choice, ModelChoice::Path(..)));
        let known = match fixed {
            Some(fixed) => vec![fixed.clone()],
            None => self.axes[index].known_below(above),
        };
        let events: Vec<(ModelChoice, &ModelEvent)> = self
            .matching(query, now)
            .map(|event| (fixed.cloned().unwrap_or_else(|| event.choices[index].group_below(above)), event))
            .collect();
        let is_within = |range: &Range<i64>, event: &ModelEvent| range.contains(&event.at);
        let mut choices: Vec<ModelChoice> = events
            .iter()
            .filter(|(_, event)| periods.iter().any(|(range, kept)| *kept && is_within(range, event)))
            .map(|(choice, _)| choice.clone())
            .filter(|choice| !known.contains(choice))
            .collect();
        choices.sort();
        choices.dedup();
        let line = |choice: ModelChoice| {
            let sums = periods.iter().map(|(range, kept)| {
                let own = events.iter().filter(|(group, event)| *group == choice && is_within(range, event));
                kept.then(|| sum(own.map(|(_, event)| *event)))
            });
            (choice.clone(), sums.collect())
        };
        known.into_iter().chain(choices).map(line).collect()
    }

    /// Returns the periods of a series, each with true if it is retained.
    fn periods_of(&self, query: &ModelQuery, scale: Scale, now: i64) -> Vec<(Range<i64>, bool)> {
        let watermarks = self.watermarks_at(now);
        let mut periods = Vec::new();
        for range in self.ranges(query, now) {
            let open = scale != Scale::Ever && (range.start == i64::MIN || range.end == i64::MAX);
            let buckets =
                if open { self.buckets_with_events(query, scale, now) } else { self.buckets(scale, &range) };
            for bucket in buckets {
                let part = bucket.start.max(range.start)..bucket.end.min(range.end);
                let kept = self.is_kept(&watermarks, scale, &bucket, &part, now);
                if kept || !open {
                    periods.push((part, kept));
                }
            }
        }
        periods
    }

    fn is_kept(
        &self,
        watermarks: &ModelWatermarks,
        scale: Scale,
        bucket: &Range<i64>,
        part: &Range<i64>,
        now: i64,
    ) -> bool {
        let own = scale.kept_index().is_some_and(|index| bucket.start >= watermarks[index]);
        (own && bucket == part) || is_covered(&self.calendar, watermarks, part, now)
    }

    fn buckets_with_events(&self, query: &ModelQuery, scale: Scale, now: i64) -> Vec<Range<i64>> {
        let mut buckets: Vec<Range<i64>> =
            self.matching(query, now).map(|event| self.calendar.bucket(scale, event.at)).collect();
        buckets.sort_by_key(|bucket| bucket.start);
        buckets.dedup();
        buckets
    }

    fn buckets(&self, scale: Scale, range: &Range<i64>) -> Vec<Range<i64>> {
        let mut buckets: Vec<Range<i64>> = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let bucket = self.calendar.bucket(scale, at);
            at = bucket.end;
            buckets.push(bucket);
        }
        buckets
    }

    fn is_readable(&self, query: &ModelQuery, now: i64) -> bool {
        let watermarks = self.watermarks_at(now);
        self.ranges(query, now).iter().all(|range| is_covered(&self.calendar, &watermarks, range, now))
    }

    fn ranges(&self, query: &ModelQuery, now: i64) -> Vec<Range<i64>> {
        match query.span {
            ModelSpan::Ever => one(i64::MIN..i64::MAX),
            ModelSpan::Period(scale, local) => self.calendar.runs(scale, self.calendar.floor(scale, local)),
            ModelSpan::Between(since, until) => one(since.unwrap_or(i64::MIN)..until.unwrap_or(i64::MAX)),
            ModelSpan::Last(count, scale) => {
                let end = self.calendar.bucket(scale, now).end;
                let start = (0..count).fold(end, |start, _| self.calendar.bucket(scale, start - 1).start);
                one(start..end)
            }
        }
    }

    fn matching<'a>(&'a self, query: &'a ModelQuery, now: i64) -> impl Iterator<Item = &'a ModelEvent> {
        let ranges = self.ranges(query, now);
        self.events.iter().filter(move |event| {
            let in_time = match query.span {
                // By label and not by ranges, so that the two computations check each other.
                ModelSpan::Period(scale, local) if scale != Scale::Ever => {
                    self.calendar.label(scale, event.at) == self.calendar.floor(scale, local)
                }
                _ => ranges.iter().any(|range| range.contains(&event.at)),
            };
            in_time
                && query.filter.iter().all(|(axis, wanted)| event.choices[self.axis(axis)].matches(wanted))
        })
    }

    /// Returns true for a path axis.
    pub fn is_path(&self, axis: &str) -> bool {
        self.axes[self.axis(axis)].kind == ModelAxisKind::Path
    }
}

fn one(range: Range<i64>) -> Vec<Range<i64>> {
    std::iter::once(range).collect()
}

fn add(sum: &mut ModelAmount, event: &ModelEvent) {
    sum.0 += event.total;
    sum.1 += 1;
}

fn sum<'a>(events: impl Iterator<Item = &'a ModelEvent>) -> ModelAmount {
    events.fold((0, 0), |mut sum, event| {
        add(&mut sum, event);
        sum
    })
}
