//! Which buckets hold each kick exactly once: the finest that are kept of it, and what a coarser one holds beside
//! those.

use std::ops::Range;

use crate::plan::cover;
use crate::schema::Watermarks;
use crate::store::Span;
use crate::time::{Calendar, EVER_END, EVER_START, Scale};

/// What is read, compared and written at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Whole buckets of one scale.
    Whole(Span),
    /// What one bucket holds beside the finer ones in it that are kept, which begin at `mark`.
    Rest { bucket: Span, mark: i64, finer: Vec<Span> },
}

impl Unit {
    /// The buckets to read.
    pub(super) fn spans(&self) -> Vec<Span> {
        match self {
            Unit::Whole(span) => vec![*span],
            Unit::Rest { bucket, finer, .. } => {
                std::iter::once(*bucket).chain(finer.iter().copied()).collect()
            }
        }
    }

    /// Where the sums begin that they are read into; a bucket that is partly covered begins before what covers
    /// it, so that one reader tells both apart.
    pub(super) fn cuts(&self) -> Vec<i64> {
        match self {
            Unit::Whole(_) => Vec::new(),
            Unit::Rest { bucket, mark, .. } => vec![bucket.from, *mark],
        }
    }

    /// The scale of its buckets.
    pub(super) fn scale(&self) -> Scale {
        match self {
            Unit::Whole(span) | Unit::Rest { bucket: span, .. } => span.scale,
        }
    }
}

/// The leaves of a Metrica by what is kept of it.
#[derive(Debug)]
pub(super) struct Leaves<'a> {
    calendar: &'a Calendar,
    kept: Watermarks,
}

impl<'a> Leaves<'a> {
    /// The leaves of what these watermarks keep.
    pub(super) fn new(calendar: &'a Calendar, kept: Watermarks) -> Leaves<'a> {
        Leaves { calendar, kept }
    }

    /// From where on there are finer buckets than those of a scale.
    fn finer_from(&self, scale: Scale) -> i64 {
        let finer = Scale::KEPT.into_iter().filter(|finer| *finer < scale);
        finer.map(|finer| self.kept.of(finer)).min().unwrap_or(EVER_END)
    }

    /// The starts of the buckets of a scale in which nothing finer is kept.
    pub(super) fn whole(&self, scale: Scale) -> Range<i64> {
        let until = match self.finer_from(scale) {
            end @ (EVER_END | EVER_START) => end,
            within => self.calendar.bucket(scale, within).start,
        };
        self.kept.of(scale)..until
    }

    /// The one bucket of a scale that finer ones cover in part.
    pub(super) fn rest(&self, scale: Scale) -> Option<Unit> {
        let mark = self.finer_from(scale);
        if mark == EVER_START || mark == EVER_END {
            return None;
        }
        let bucket = self.calendar.bucket(scale, mark);
        if bucket.start == mark || bucket.start < self.kept.of(scale) {
            return None;
        }
        let coarsest = Scale::KEPT.into_iter().rfind(|finer| *finer < scale)?;
        let finer = cover(self.calendar, &self.kept, &(mark..bucket.end), coarsest).spans;
        Some(Unit::Rest { bucket: span_of(scale, bucket.start), mark, finer })
    }

    /// An instant at which a kick counts in the bucket and in no finer one.
    pub(super) fn instant(&self, scale: Scale, start: i64) -> i64 {
        match self.finer_from(scale) {
            _ if scale != Scale::Ever => start,
            EVER_END => 0,
            mark => mark.saturating_sub(1),
        }
    }
}

/// The span of one bucket.
pub(super) fn span_of(scale: Scale, start: i64) -> Span {
    let to = if scale == Scale::Ever { EVER_END } else { start.saturating_add(1) };
    Span { scale, from: start, to }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Definition, Keep, MetricaSpec};
    use crate::time::Zone;

    const NOW: i64 = 1_700_000_000;

    /// Every way to keep or leave out scales, each longer or shorter than the next.
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

    /// The scales of the leaves that count a kick, by their definition: the finest bucket that is kept.
    fn finest(leaves: &Leaves<'_>, calendar: &Calendar, at: i64) -> Scale {
        let kept = |scale: &Scale| calendar.bucket(*scale, at).start >= leaves.kept.of(*scale);
        Scale::KEPT.into_iter().find(kept).unwrap()
    }

    #[test]
    fn every_kick_has_one_leaf_and_its_instant_leads_there() {
        for zone in ["UTC", "Europe/Berlin", "Australia/Lord_Howe"] {
            let calendar = Calendar::new(Zone::named(zone).unwrap(), 0);
            for definition in retentions() {
                let marks = definition.retention.watermarks(&calendar, NOW);
                let leaves = Leaves::new(&calendar, marks);
                for age in [0, 61, 4000, 5400, 90_000, 260_000, 40_000_000, 90_000_000, 800_000_000] {
                    let at = NOW - age;
                    let finest = finest(&leaves, &calendar, at);
                    let mut found = Vec::new();
                    for scale in Scale::KEPT {
                        let start = calendar.bucket(scale, at).start;
                        if leaves.whole(scale).contains(&start) {
                            found.push(scale);
                            let instant = leaves.instant(scale, start);
                            assert_eq!(super::tests::finest(&leaves, &calendar, instant), scale);
                        }
                        if let Some(Unit::Rest { bucket, mark, .. }) = leaves.rest(scale)
                            && bucket.from == start
                            && at < mark
                        {
                            found.push(scale);
                            let instant = leaves.instant(scale, start);
                            assert_eq!(super::tests::finest(&leaves, &calendar, instant), scale);
                            assert_eq!(calendar.bucket(scale, instant).start, start);
                        }
                    }
                    assert_eq!(found, [finest], "{zone} {age} {:?}", definition.retention);
                }
            }
        }
    }

    #[test]
    fn what_covers_a_bucket_in_part_begins_after_it() {
        let calendar = Calendar::new(Zone::named("Europe/Berlin").unwrap(), 0);
        for definition in retentions() {
            let marks = definition.retention.watermarks(&calendar, NOW);
            let leaves = Leaves::new(&calendar, marks);
            for unit in Scale::KEPT.into_iter().filter_map(|scale| leaves.rest(scale)) {
                let Unit::Rest { bucket, mark, finer } = &unit else { panic!("{unit:?}") };
                assert!(bucket.from < *mark);
                let mut at = *mark;
                // Beyond the years that are counted there may be a gap.
                for span in
                    finer.iter().filter(|span| span.from < crate::time::civil::END + crate::time::civil::DAY)
                {
                    assert_eq!(span.from, at, "{unit:?}");
                    assert!(span.from >= leaves.kept.of(span.scale));
                    at = span.to;
                }
                assert!(
                    at >= calendar.bucket(bucket.scale, *mark).end.min(crate::time::civil::END),
                    "{unit:?}"
                );
            }
        }
    }
}
