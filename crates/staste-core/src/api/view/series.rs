//! Readings period by period.

use std::ops::Range;

use crate::amount::{Amount, Reading};
use crate::api::view::View;
use crate::api::view::ask::{Buckets, Planning};
use crate::error::{Error, Result};
use crate::plan::cover;
use crate::store::Span;
use crate::time::{EVER_END, EVER_START, MAX_PERIODS, Period, Scale};

/// Periods with their readings; none where the period is no longer retained.
pub type Series = Vec<(Period, Option<Reading>)>;

impl View {
    /// The next finer scale of the timespan, period by period: the years seen, the months of a year,
    /// the days of a month, the hours of a day (23 or 25 where the clock changes), the minutes.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Moment, Scale, Staste, Timespan};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("age", Axis::stored()).averaged().build()?;
    /// guests.kick_with([("age", 18)], 12, Moment::parse("2026-02-07T10:15Z")?)?;
    /// guests.kick_with([("age", 19)], 7, Moment::parse("2026-02-09T12:00Z")?)?;
    /// let months = guests.timespan(Timespan::year(2026)?).iterate_periods()?;
    /// assert_eq!(months.len(), 12);
    /// assert!(months[1].1.is_some_and(|february| february.count == Some(2)));
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::read`]; a timespan that is not one period of the calendar, or is a minute.
    pub fn iterate_periods(&self) -> Result<Series> {
        self.series_of(None)
    }

    /// The timespan period by period at a scale. The first and last periods are cut to the timespan.
    ///
    /// Between two ends every period is listed, with none for those that are no longer retained. Where an
    /// end is open only the retained periods are, in which something was counted.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Moment, Scale, Staste, Timespan};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("age", Axis::stored()).averaged().build()?;
    /// guests.kick_with([("age", 18)], 12, Moment::parse("2026-02-07T10:15Z")?)?;
    /// guests.kick_with([("age", 19)], 7, Moment::parse("2026-02-09T12:00Z")?)?;
    /// let days = Timespan::between(Some(Moment::parse("2026-02-07")?), Some(Moment::parse("2026-02-10")?))?;
    /// let days: Vec<String> = guests
    ///     .timespan(days)
    ///     .series(Scale::Day)?
    ///     .iter()
    ///     .map(|(day, reading)| match reading {
    ///         Some(reading) => format!("{day}: {}", reading.total),
    ///         None => format!("{day}: no longer kept"),
    ///     })
    ///     .collect();
    /// assert_eq!(days, ["2026-02-07: 12", "2026-02-08: 0", "2026-02-09: 7"]);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::read`]; more than a million periods.
    pub fn series(&self, scale: Scale) -> Result<Series> {
        self.series_of(Some(scale))
    }

    fn series_of(&self, scale: Option<Scale>) -> Result<Series> {
        self.ask(
            &[],
            |planning| Ok(planning.periods(scale)?.buckets()),
            |planning, answer| {
                let mut plan = planning.periods(scale)?;
                plan.add_seen(planning, answer.groups.iter().map(|group| group.start));
                let mut sums = vec![Amount::ZERO; plan.periods.len()];
                for group in &answer.groups {
                    if let Some(sum) = plan.index_of(group.start).and_then(|index| sums.get_mut(index)) {
                        *sum += group.amount;
                    }
                }
                let readings = plan
                    .periods
                    .into_iter()
                    .zip(sums)
                    .map(|((period, kept), amount)| (period, kept.then(|| planning.reading(amount))));
                Ok(readings.collect())
            },
        )
    }
}

/// Periods, whether each is retained, and the buckets that compose them.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) periods: Vec<(Period, bool)>,
    spans: Vec<Span>,
    /// Set when the periods are those that will be seen.
    open: Option<Scale>,
}

impl Planning<'_> {
    /// The periods at a scale, or at the next finer one of the timespan.
    pub(super) fn periods(&self, scale: Option<Scale>) -> Result<Plan> {
        let scale = match (scale, self.resolved.scale) {
            (Some(scale), _) => scale,
            (None, Some(own)) => own.finer().ok_or_else(|| {
                Error::input("a minute is the finest period there is: it has nothing finer to iterate over")
            })?,
            (None, None) => {
                return Err(Error::input(
                    "the timespan is no single period of the calendar: ask for a series at a scale instead",
                ));
            }
        };
        let mut plan = Plan::default();
        for range in &self.resolved.ranges {
            let open = range.start == EVER_START || range.end == EVER_END;
            match scale {
                Scale::Ever => self.push(&mut plan, scale, &(EVER_START..EVER_END), range),
                // Without both ends the periods are those that were counted in.
                _ if open => {
                    plan.open = Some(scale);
                    self.spans_of_open(scale, range).into_iter().for_each(|span| plan.push_span(span));
                }
                _ => {
                    for bucket in self.calendar.buckets(scale, range) {
                        self.push(&mut plan, scale, &bucket, range);
                        if plan.periods.len() > MAX_PERIODS as usize {
                            return Err(Error::input(format!(
                                "the timespan has more than {MAX_PERIODS} periods of a {scale}: ask for a coarser scale"
                            )));
                        }
                    }
                }
            }
        }
        Ok(plan)
    }

    /// The buckets that compose every period of a stretch of time with an open end: of the periods' own
    /// scale as far as that is retained, before that of finer ones, and of finer ones where an end cuts
    /// a period. Periods that are not retained are left out.
    fn spans_of_open(&self, scale: Scale, range: &Range<i64>) -> Vec<Span> {
        let start_of = |instant: i64| self.calendar.bucket(scale, instant).start;
        let next_start = |instant: i64| match self.calendar.bucket(scale, instant) {
            _ if instant == EVER_START => instant,
            bucket if bucket.start == instant => instant,
            bucket => bucket.end,
        };
        let first = next_start(range.start);
        let end = if range.end == EVER_END { range.end } else { start_of(range.end) };
        let mut spans = Vec::new();
        let mut until = end;
        for kept in Scale::KEPT.into_iter().rev().filter(|kept| *kept <= scale) {
            let from = next_start(first.max(self.watermarks.of(kept)));
            if from < until {
                spans.insert(0, Span { scale: kept, from, to: until });
                until = from;
            }
        }
        if range.start < first {
            self.cut_period(&(range.start..first.min(range.end)), &mut spans);
        }
        if range.end != EVER_END && first <= end {
            self.cut_period(&(end..range.end), &mut spans);
        }
        spans
    }

    /// Adds the buckets of a part of a period, when all of it is retained.
    fn cut_period(&self, part: &Range<i64>, spans: &mut Vec<Span>) {
        let cover = cover(&self.calendar, &self.watermarks, part, Scale::Ever);
        if cover.missing.is_none() {
            spans.extend(cover.spans);
        }
    }

    fn push(&self, plan: &mut Plan, scale: Scale, bucket: &Range<i64>, spec: &Range<i64>) {
        let period = Period::cut(&self.calendar, scale, bucket, spec, self.now);
        let whole = (period.start, period.end) == (bucket.start, bucket.end);
        let own_cells = scale.kept_index().is_some() && self.watermarks.keeps(scale, bucket.start);
        let mut kept = true;
        if whole && own_cells {
            plan.push_span(Span { scale, from: period.start, to: period.end });
        } else {
            let cover = cover(&self.calendar, &self.watermarks, &(period.start..period.end), Scale::Ever);
            kept = cover.missing.is_none();
            if kept {
                cover.spans.into_iter().for_each(|span| plan.push_span(span));
            }
        }
        plan.periods.push((period, kept));
    }
}

impl Plan {
    /// Joins spans of one scale that touch, so that one look at the Store reads them.
    fn push_span(&mut self, span: Span) {
        match self.spans.last_mut() {
            Some(last) if last.scale == span.scale && last.to == span.from => last.to = span.to,
            _ => self.spans.push(span),
        }
    }

    pub(super) fn buckets(self) -> Buckets {
        let cuts = if self.open.is_some() {
            Vec::new()
        } else {
            self.periods.iter().map(|(period, _)| period.start).collect()
        };
        Buckets { spans: self.spans, cuts }
    }

    /// Makes the periods of an open timespan out of the buckets that were found.
    pub(super) fn add_seen(&mut self, planning: &Planning<'_>, starts: impl Iterator<Item = i64>) {
        let Some(scale) = self.open else { return };
        let ends = planning.resolved.ranges.first().cloned().unwrap_or(EVER_START..EVER_END);
        let mut seen: Vec<i64> = starts.map(|start| planning.calendar.bucket(scale, start).start).collect();
        seen.sort_unstable();
        seen.dedup();
        for start in seen {
            let bucket = planning.calendar.bucket(scale, start);
            self.periods.push((Period::cut(&planning.calendar, scale, &bucket, &ends, planning.now), true));
        }
    }

    /// The period that a group of this start belongs to.
    pub(super) fn index_of(&self, start: i64) -> Option<usize> {
        self.periods.partition_point(|(period, _)| period.start <= start).checked_sub(1)
    }
}
