//! Series: the readings of a view period by period.

use std::ops::Range;

use crate::amount::{QueryAmount, Reading};
use crate::api::query::query_context::{QueryContext, SpanPlan};
use crate::api::query::view::View;
use crate::error::{Error, Result};
use crate::plan::cover;
use crate::store::Span;
use crate::time::{EVER_END, EVER_START, MAX_PERIODS, Period, Scale};

/// Periods with their readings; none for a period that is no longer retained.
pub type Series = Vec<(Period, Option<Reading>)>;

impl View {
    /// Returns the readings of the next finer scale of the timespan: the years with kicks, the months of a year, the
    /// days of a month, the hours of a day (23 or 25 when the clock changes), the minutes.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Moment, Scale, Staste, Timespan};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("age", Axis::stored()).averaged().build()?;
    /// guests.kick_with([("age", 18)], 12, Moment::parse("2026-02-07T10:15Z")?)?;
    /// guests.kick_with([("age", 19)], 7, Moment::parse("2026-02-09T12:00Z")?)?;
    /// let months = guests.timespan(Timespan::year(2026)?).iterate_periods()?;
    /// assert_eq!(months.len(), 12);
    /// assert!(months[1].1.as_ref().is_some_and(|february| february.count == Some(2)));
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::read`]; also for a timespan that is not one period of the calendar, or is a minute.
    pub fn iterate_periods(&self) -> Result<Series> {
        self.series_of(None)
    }

    /// Returns the readings of the timespan by the periods of a scale. The first and the last period are cut to the
    /// timespan.
    ///
    /// Between two ends every period is listed, with none for those that are no longer retained. With an open end only
    /// retained periods with kicks are listed.
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
    /// As [`View::read`]; also for more than a million periods.
    pub fn series(&self, scale: Scale) -> Result<Series> {
        self.series_of(Some(scale))
    }

    fn series_of(&self, scale: Option<Scale>) -> Result<Series> {
        self.run_query(
            &[],
            |context| Ok(context.periods(scale)?.span_plan()),
            |context, answer| {
                let mut plan = context.periods(scale)?;
                plan.add_found(context, answer.groups.iter().map(|group| group.start));
                let mut sums = vec![QueryAmount::default(); plan.periods.len()];
                for group in &answer.groups {
                    if let Some(sum) = plan.index_of(group.start).and_then(|index| sums.get_mut(index)) {
                        *sum += &group.amount;
                    }
                }
                let readings = plan.periods.into_iter().zip(sums).map(|((period, is_retained), amount)| {
                    (period, is_retained.then(|| context.reading(amount)))
                });
                Ok(readings.collect())
            },
        )
    }
}

/// Periods, each with whether it is retained, and the buckets that cover them.
#[derive(Debug, Default)]
pub(super) struct PeriodPlan {
    pub(super) periods: Vec<(Period, bool)>,
    spans: Vec<Span>,
    /// The scale of a timespan with an open end, whose periods are known from the answer only.
    open: Option<Scale>,
}

impl QueryContext<'_> {
    /// Plans the periods of a scale, by default the next finer one of the timespan.
    pub(super) fn periods(&self, scale: Option<Scale>) -> Result<PeriodPlan> {
        let scale = match (scale, self.resolved.scale) {
            (Some(scale), _) => scale,
            (None, Some(own)) => own.finer().ok_or_else(|| {
                Error::invalid_input("invalid timespan of a minute: expected a longer period, since minutes are the finest scale")
            })?,
            (None, None) => {
                return Err(Error::invalid_input(
                    "invalid timespan: expected a single period of the calendar; use a series at a scale instead",
                ));
            }
        };
        let mut plan = PeriodPlan::default();
        for range in &self.resolved.ranges {
            let open = range.start == EVER_START || range.end == EVER_END;
            match scale {
                Scale::Ever => self.push(&mut plan, scale, &(EVER_START..EVER_END), range),
                // With an open end only periods with kicks are listed.
                _ if open => {
                    plan.open = Some(scale);
                    self.spans_of_open(scale, range).into_iter().for_each(|span| plan.push_span(span));
                }
                _ => {
                    for bucket in self.calendar.buckets(scale, range) {
                        self.push(&mut plan, scale, &bucket, range);
                        if plan.periods.len() > MAX_PERIODS as usize {
                            return Err(Error::invalid_input(format!(
                                "invalid scale {scale}: the timespan has more than {MAX_PERIODS} of its periods; use a coarser scale"
                            )));
                        }
                    }
                }
            }
        }
        Ok(plan)
    }

    /// Returns the buckets that cover the periods of a range with an open end: buckets of the scale itself as far as it
    /// is retained, finer ones before that, and finer ones where an end cuts a period. Periods that are not retained
    /// are omitted.
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

    /// Adds the buckets of a part of a period, if all of it is retained.
    fn cut_period(&self, part: &Range<i64>, spans: &mut Vec<Span>) {
        let cover = cover(&self.calendar, &self.watermarks, part, Scale::Ever);
        if cover.missing.is_none() {
            spans.extend(cover.spans);
        }
    }

    /// Adds a period to a plan, cut to the timespan, with the buckets that cover it.
    fn push(&self, plan: &mut PeriodPlan, scale: Scale, bucket: &Range<i64>, timespan: &Range<i64>) {
        let period = Period::cut(&self.calendar, scale, bucket, timespan, self.now);
        let whole = (period.start, period.end) == (bucket.start, bucket.end);
        let own_cells = scale.kept_index().is_some() && self.watermarks.keeps(scale, bucket.start);
        let mut is_retained = true;
        if whole && own_cells {
            plan.push_span(Span { scale, from: period.start, to: period.end });
        } else {
            let cover = cover(&self.calendar, &self.watermarks, &(period.start..period.end), Scale::Ever);
            is_retained = cover.missing.is_none();
            if is_retained {
                cover.spans.into_iter().for_each(|span| plan.push_span(span));
            }
        }
        plan.periods.push((period, is_retained));
    }
}

impl PeriodPlan {
    /// Adds a span; adjacent spans of one scale are joined.
    fn push_span(&mut self, span: Span) {
        match self.spans.last_mut() {
            Some(last) if last.scale == span.scale && last.to == span.from => last.to = span.to,
            _ => self.spans.push(span),
        }
    }

    /// Returns the buckets to read and the starts of the periods.
    pub(super) fn span_plan(self) -> SpanPlan {
        let cuts = if self.open.is_some() {
            Vec::new()
        } else {
            self.periods.iter().map(|(period, _)| period.start).collect()
        };
        SpanPlan { spans: self.spans, cuts }
    }

    /// Adds the periods of a timespan with an open end from the buckets of the answer.
    pub(super) fn add_found(&mut self, context: &QueryContext<'_>, starts: impl Iterator<Item = i64>) {
        let Some(scale) = self.open else { return };
        let ends = context.resolved.ranges.first().cloned().unwrap_or(EVER_START..EVER_END);
        let mut found: Vec<i64> = starts.map(|start| context.calendar.bucket(scale, start).start).collect();
        found.sort_unstable();
        found.dedup();
        for start in found {
            let bucket = context.calendar.bucket(scale, start);
            self.periods.push((Period::cut(&context.calendar, scale, &bucket, &ends, context.now), true));
        }
    }

    /// Returns the index of the period to which a group with this start belongs.
    pub(super) fn index_of(&self, start: i64) -> Option<usize> {
        self.periods.partition_point(|(period, _)| period.start <= start).checked_sub(1)
    }
}
