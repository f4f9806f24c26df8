//! `StorePair`: the source and the target of a copy, read and compared unit by unit.

use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};

use crate::error::{Error, Result};
use crate::jobs::copy::difference::Differences;
use crate::jobs::copy::store_reader::{Groups, ReaderQuery, StoreReader};
use crate::plan::{FinestBuckets, Remainder, cover};
use crate::schema::{Definition, Watermarks};
use crate::store::{Select, Span};
use crate::time::{Calendar, Scale, civil};

/// Maximum number of times that a unit is read because buckets of it expired.
const MAX_ATTEMPTS: usize = 16;

/// The source and the target of a copy.
#[derive(Debug)]
pub(super) struct StorePair<'a> {
    pub(super) source: StoreReader<'a>,
    pub(super) target: StoreReader<'a>,
    /// The definition of the copy.
    pub(super) definition: &'a Definition,
    pub(super) calendar: Calendar,
    /// The higher of the watermarks of both Stores; raised when a read returns higher ones.
    pub(super) watermarks: Watermarks,
}

/// The buckets that are read, compared and written at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReadUnit {
    /// Whole buckets of one scale.
    Whole(Span),
    /// The earlier part of a bucket, without the finer buckets of its later part.
    Remainder(Remainder),
}

impl ReadUnit {
    /// Returns the scale of its buckets.
    pub(super) fn scale(&self) -> Scale {
        match self {
            ReadUnit::Whole(span) | ReadUnit::Remainder(Remainder { bucket: span, .. }) => span.scale,
        }
    }

    /// Returns the buckets to read.
    fn spans(&self) -> Vec<Span> {
        match self {
            ReadUnit::Whole(span) => vec![*span],
            ReadUnit::Remainder(Remainder { bucket, finer, .. }) => {
                std::iter::once(*bucket).chain(finer.iter().copied()).collect()
            }
        }
    }

    /// Returns the starts of the periods into which buckets are summed. The bucket of a remainder starts before its
    /// finer buckets, so that one read distinguishes both.
    fn cuts(&self) -> Vec<i64> {
        match self {
            ReadUnit::Whole(_) => Vec::new(),
            ReadUnit::Remainder(Remainder { bucket, mark, .. }) => vec![bucket.from, *mark],
        }
    }

    /// Returns what the source holds more than the target.
    fn difference(&self, source: Groups, target: Groups) -> Differences {
        let mut differences = Differences::default();
        let ReadUnit::Remainder(Remainder { bucket, .. }) = self else {
            source.into_iter().for_each(|(start, point, amount)| differences.add(start, point, amount));
            target.into_iter().for_each(|(start, point, amount)| differences.subtract(start, point, amount));
            return differences;
        };
        let (coarse, fine): (Groups, Groups) =
            source.into_iter().partition(|(start, ..)| *start == bucket.from);
        for (_, point, amount) in coarse {
            differences.add(bucket.from, point, amount);
        }
        for (_, point, amount) in fine {
            differences.subtract(bucket.from, point, amount);
        }
        for (start, point, amount) in target {
            let amount = if start == bucket.from { amount } else { -amount };
            differences.subtract(bucket.from, point, amount);
        }
        differences
    }
}

/// The difference of both Stores in a unit.
#[derive(Debug)]
pub(super) struct UnitDifference {
    pub(super) unit: ReadUnit,
    pub(super) differences: Differences,
    /// Number of cells read.
    pub(super) cells: u64,
}

/// Called for each unit; may interrupt the iteration.
pub(super) type ForEachUnit<'e> =
    &'e mut dyn FnMut(&StorePair<'_>, UnitDifference) -> Result<ControlFlow<()>>;

/// Called for each part of a range; may interrupt the iteration.
pub(super) type ForEachChunk<'e> =
    &'e mut dyn FnMut(&mut StorePair<'_>, &Range<i64>) -> Result<ControlFlow<()>>;

impl StorePair<'_> {
    pub(super) fn finest_buckets(&self) -> FinestBuckets<'_> {
        FinestBuckets::new(&self.calendar, self.watermarks)
    }

    /// Reads the finest buckets of all scales, finest first: buckets that expire meanwhile are read with the coarser
    /// ones.
    pub(super) fn for_each_finest(&mut self, each: ForEachUnit<'_>) -> Result<ControlFlow<()>> {
        for scale in Scale::KEPT {
            let mut from = self.finest_buckets().starts(scale).start;
            loop {
                let until = self.finest_buckets().starts(scale).end;
                if from >= until {
                    break;
                }
                if self.for_each_full_point(scale, &(from..until), each)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                from = until;
            }
            let remainder = |pair: &Self| pair.finest_buckets().remainder(scale).map(ReadUnit::Remainder);
            if let Some(found) = self.read(remainder, &full_points(self.definition), true)?
                && each(self, found)?.is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Reads the full points of all buckets of a range, chunk by chunk.
    fn for_each_full_point(
        &mut self,
        scale: Scale,
        range: &Range<i64>,
        each: ForEachUnit<'_>,
    ) -> Result<ControlFlow<()>> {
        let select = full_points(self.definition);
        self.for_each_chunk(scale, range, &mut |pair, chunk| match pair.read(
            |pair| pair.whole_unit(scale, chunk),
            &select,
            true,
        )? {
            Some(found) => each(pair, found),
            None => Ok(ControlFlow::Continue(())),
        })
    }

    /// Calls `each` with the parts of a range that hold kicks. Each part is one period of the next coarser scale.
    pub(super) fn for_each_chunk(
        &mut self,
        scale: Scale,
        range: &Range<i64>,
        each: ForEachChunk<'_>,
    ) -> Result<ControlFlow<()>> {
        for year in self.periods_with_kicks(scale, range, Scale::Year)? {
            let coarser = Scale::KEPT.into_iter().find(|coarser| *coarser > scale).unwrap_or(Scale::Ever);
            let chunks = if coarser < Scale::Year {
                self.periods_with_kicks(scale, &year, coarser)?
            } else {
                vec![year.clone()]
            };
            for chunk in chunks {
                if each(self, &chunk)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Returns the unit of the buckets of a range that are still retained.
    pub(super) fn whole_unit(&self, scale: Scale, range: &Range<i64>) -> Option<ReadUnit> {
        let from = range.start.max(self.watermarks.of(scale));
        (from < range.end).then_some(ReadUnit::Whole(Span { scale, from, to: range.end }))
    }

    /// Returns the periods of `period_scale` in a range with kicks in either Store, cut to the range.
    fn periods_with_kicks(
        &mut self,
        scale: Scale,
        range: &Range<i64>,
        period_scale: Scale,
    ) -> Result<Vec<Range<i64>>> {
        if scale == Scale::Ever {
            return Ok(vec![range.clone()]);
        }
        let ends = range.start.max(civil::FIRST - civil::DAY)..range.end.min(civil::END + civil::DAY);
        let cuts: Vec<i64> = self.calendar.buckets(period_scale, &ends).map(|period| period.start).collect();
        let spans = cover(&self.calendar, &self.watermarks, range, period_scale).spans;
        let select = vec![Select::All; self.definition.stored_axes.len()];
        let mut starts = BTreeSet::new();
        for reader in [&self.target, &self.source] {
            let query =
                ReaderQuery { spans: spans.clone(), cuts: cuts.clone(), select: &select, scan: false };
            starts.extend(reader.read(query)?.0.into_iter().map(|(start, ..)| start));
        }
        let cut = |start: i64| {
            let period = self.calendar.bucket(period_scale, start);
            range.start.max(period.start)..range.end.min(period.end)
        };
        Ok(starts.into_iter().map(cut).collect())
    }

    /// Reads a unit in both Stores. The unit is planned again when buckets of it have expired; returns none when
    /// nothing of it is left.
    pub(super) fn read(
        &mut self,
        unit: impl Fn(&Self) -> Option<ReadUnit>,
        select: &[Select],
        scan: bool,
    ) -> Result<Option<UnitDifference>> {
        for _ in 0..MAX_ATTEMPTS {
            let Some(unit) = unit(self) else { return Ok(None) };
            let read = |reader: &StoreReader<'_>| {
                reader.read(ReaderQuery { spans: unit.spans(), cuts: unit.cuts(), select, scan })
            };
            // The target first: kicks at the source in between make it hold more, not less.
            let (target, target_watermarks) = read(&self.target)?;
            let (source, source_watermarks) = read(&self.source)?;
            let watermarks = source_watermarks.raised_to(&target_watermarks);
            let is_retained = unit.spans().iter().all(|span| watermarks.of(span.scale) <= span.from);
            self.watermarks = self.watermarks.raised_to(&watermarks);
            if is_retained {
                let cells = (target.len() + source.len()) as u64;
                return Ok(Some(UnitDifference {
                    differences: unit.difference(source, target),
                    unit,
                    cells,
                }));
            }
        }
        Err(Error::unavailable(format!(
            "the retention of metrica {} kept changing while it was copied; run the copy again",
            self.definition.name
        )))
    }
}

/// Returns the selection of every full point.
pub(super) fn full_points(definition: &Definition) -> Vec<Select> {
    vec![Select::Any; definition.stored_axes.len()]
}
