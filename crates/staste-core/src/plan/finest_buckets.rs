//! `FinestBuckets`: the finest retained buckets, in which each kick is counted exactly once.

use std::ops::Range;

use crate::plan::cover::cover;
use crate::schema::Watermarks;
use crate::store::Span;
use crate::time::{Calendar, EVER_END, EVER_START, Scale};

/// The finest retained buckets of a Metrica: minutes as far as they are retained, hours before them, and so on.
#[derive(Debug)]
pub struct FinestBuckets<'a> {
    calendar: &'a Calendar,
    watermarks: Watermarks,
}

/// A bucket whose later part is covered by finer buckets: its amount without theirs is that of the earlier part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remainder {
    /// The bucket.
    pub bucket: Span,
    /// The instant at which the finer buckets begin.
    pub mark: i64,
    /// The largest finer buckets from `mark` to the end of the bucket.
    pub finer: Vec<Span>,
}

impl<'a> FinestBuckets<'a> {
    /// Creates the finest buckets that these watermarks retain.
    pub fn new(calendar: &'a Calendar, watermarks: Watermarks) -> FinestBuckets<'a> {
        FinestBuckets { calendar, watermarks }
    }

    /// Covers a range with whole buckets as fine as possible, the earliest first. A finer scale begins at the end of a
    /// bucket of the coarser one before it, so that no kick is in two buckets.
    ///
    /// ```
    /// use staste_core::plan::FinestBuckets;
    /// use staste_core::{Calendar, Retention, Scale, Zone};
    /// let calendar = Calendar::new(Zone::utc(), 0);
    /// let watermarks = Retention::default().watermarks(&calendar, 1_700_000_000);
    /// let spans = FinestBuckets::new(&calendar, watermarks).cover(&(i64::MIN..i64::MAX));
    /// let scales: Vec<Scale> = spans.iter().map(|span| span.scale).collect();
    /// assert_eq!(scales, [Scale::Day, Scale::Hour, Scale::Minute]);
    /// ```
    pub fn cover(&self, range: &Range<i64>) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut covered = range.start;
        for scale in Scale::KEPT.into_iter().rev() {
            let mark = self.finer_from(scale);
            if mark <= covered {
                continue;
            }
            let end = match self.calendar.bucket(scale, mark) {
                _ if mark == EVER_END => mark,
                bucket if bucket.start == mark => mark,
                bucket => bucket.end,
            };
            let (from, to) = (covered.max(self.watermarks.of(scale)), end.min(range.end));
            if from < to {
                spans.push(Span { scale, from, to });
                covered = to;
            }
        }
        spans
    }

    /// Returns the starts of the buckets of a scale within which no finer bucket is retained.
    pub fn starts(&self, scale: Scale) -> Range<i64> {
        let until = match self.finer_from(scale) {
            end @ (EVER_END | EVER_START) => end,
            within => self.calendar.bucket(scale, within).start,
        };
        self.watermarks.of(scale)..until
    }

    /// Returns the bucket of a scale that finer ones cover in part; none if there is no such bucket.
    pub fn remainder(&self, scale: Scale) -> Option<Remainder> {
        let mark = self.finer_from(scale);
        if mark == EVER_START || mark == EVER_END {
            return None;
        }
        let bucket = self.calendar.bucket(scale, mark);
        if bucket.start == mark || bucket.start < self.watermarks.of(scale) {
            return None;
        }
        let coarsest = Scale::KEPT.into_iter().rfind(|finer| *finer < scale)?;
        let finer = cover(self.calendar, &self.watermarks, &(mark..bucket.end), coarsest).spans;
        Some(Remainder { bucket: span_of(scale, bucket.start), mark, finer })
    }

    /// Returns an instant, in unix seconds, at which a kick counts in a bucket and in no finer one.
    pub fn instant(&self, scale: Scale, start: i64) -> i64 {
        match self.finer_from(scale) {
            _ if scale != Scale::Ever => start,
            EVER_END => 0,
            mark => mark.saturating_sub(1),
        }
    }

    /// Returns the instant from which buckets finer than those of a scale are retained.
    fn finer_from(&self, scale: Scale) -> i64 {
        let finer = Scale::KEPT.into_iter().filter(|finer| *finer < scale);
        finer.map(|finer| self.watermarks.of(finer)).min().unwrap_or(EVER_END)
    }
}

/// Returns the span of one bucket.
fn span_of(scale: Scale, start: i64) -> Span {
    let to = if scale == Scale::Ever { EVER_END } else { start.saturating_add(1) };
    Span { scale, from: start, to }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Definition, Keep, MetricaSpec, Retention};
    use crate::time::{Zone, civil};

    const NOW: i64 = 1_700_000_000;

    /// Returns definitions with many combinations of retentions.
    fn retentions() -> Vec<Definition> {
        let keeps = [Keep::Never, Keep::Seconds(5400), Keep::days(3), Keep::days(500), Keep::Forever];
        let mut all = Vec::new();
        for minute in keeps {
            for hour in keeps {
                for day in keeps {
                    for year in [Keep::Never, Keep::days(1000), Keep::Forever] {
                        let mut definition = MetricaSpec::new("m").unwrap().reconcile(None).unwrap().0;
                        for (scale, keep) in [
                            (Scale::Minute, minute),
                            (Scale::Hour, hour),
                            (Scale::Day, day),
                            (Scale::Month, year),
                            (Scale::Year, year),
                        ] {
                            definition.retention = definition.retention.keep(scale, keep).unwrap();
                        }
                        all.push(definition);
                    }
                }
            }
        }
        all
    }

    /// Returns the finest retained scale at an instant, by its definition.
    fn finest_scale(buckets: &FinestBuckets<'_>, calendar: &Calendar, at: i64) -> Scale {
        let kept = |scale: &Scale| calendar.bucket(*scale, at).start >= buckets.watermarks.of(*scale);
        Scale::KEPT.into_iter().find(kept).unwrap()
    }

    #[test]
    fn each_instant_is_in_one_finest_bucket() {
        for zone in ["UTC", "Europe/Berlin", "Australia/Lord_Howe"] {
            let calendar = Calendar::new(Zone::named(zone).unwrap(), 0);
            for definition in retentions() {
                let marks = definition.retention.watermarks(&calendar, NOW);
                let buckets = FinestBuckets::new(&calendar, marks);
                for age in [0, 61, 4000, 5400, 90_000, 260_000, 40_000_000, 90_000_000, 800_000_000] {
                    let at = NOW - age;
                    let finest = finest_scale(&buckets, &calendar, at);
                    let mut found = Vec::new();
                    for scale in Scale::KEPT {
                        let start = calendar.bucket(scale, at).start;
                        if buckets.starts(scale).contains(&start) {
                            found.push(scale);
                            let instant = buckets.instant(scale, start);
                            assert_eq!(finest_scale(&buckets, &calendar, instant), scale);
                        }
                        if let Some(Remainder { bucket, mark, .. }) = buckets.remainder(scale)
                            && bucket.from == start
                            && at < mark
                        {
                            found.push(scale);
                            let instant = buckets.instant(scale, start);
                            assert_eq!(finest_scale(&buckets, &calendar, instant), scale);
                            assert_eq!(calendar.bucket(scale, instant).start, start);
                        }
                    }
                    assert_eq!(found, [finest], "{zone} {age} {:?}", definition.retention);
                }
            }
        }
    }

    #[test]
    fn finer_buckets_of_a_remainder_cover_its_later_part() {
        let calendar = Calendar::new(Zone::named("Europe/Berlin").unwrap(), 0);
        for definition in retentions() {
            let marks = definition.retention.watermarks(&calendar, NOW);
            let buckets = FinestBuckets::new(&calendar, marks);
            for remainder in Scale::KEPT.into_iter().filter_map(|scale| buckets.remainder(scale)) {
                let Remainder { bucket, mark, finer } = &remainder;
                assert!(bucket.from < *mark);
                let mut at = *mark;
                // Outside the supported years there may be a gap.
                for span in finer.iter().filter(|span| span.from < civil::END + civil::DAY) {
                    assert_eq!(span.from, at, "{remainder:?}");
                    assert!(span.from >= buckets.watermarks.of(span.scale));
                    at = span.to;
                }
                assert!(at >= calendar.bucket(bucket.scale, *mark).end.min(civil::END), "{remainder:?}");
            }
        }
    }

    #[test]
    fn cover_has_each_instant_in_one_whole_bucket() {
        for zone in ["UTC", "Europe/Berlin", "Australia/Lord_Howe"] {
            let calendar = Calendar::new(Zone::named(zone).unwrap(), 0);
            for definition in retentions() {
                let watermarks = definition.retention.watermarks(&calendar, NOW);
                let spans = FinestBuckets::new(&calendar, watermarks).cover(&(EVER_START..EVER_END));
                assert_eq!((spans[0].from, spans[spans.len() - 1].to), (EVER_START, EVER_END), "{spans:?}");
                for pair in spans.windows(2) {
                    let border = pair[0].to;
                    assert_eq!(border, pair[1].from, "{spans:?}");
                    for span in pair {
                        assert_eq!(calendar.bucket(span.scale, border).start, border, "{spans:?}");
                        assert!(span.from >= watermarks.of(span.scale), "{spans:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn cover_skips_a_scale_that_is_not_retained() {
        let calendar = Calendar::new(Zone::utc(), 0);
        let mut retention = Retention::default();
        for scale in [Scale::Hour, Scale::Day, Scale::Month, Scale::Year] {
            retention = retention.keep(scale, Keep::Never).unwrap();
        }
        let watermarks = retention.watermarks(&calendar, NOW);
        let spans = FinestBuckets::new(&calendar, watermarks).cover(&(EVER_START..EVER_END));
        assert_eq!(spans, [Span { scale: Scale::Ever, from: EVER_START, to: EVER_END }]);
    }
}
