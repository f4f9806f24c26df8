//! `Pair`: both Stores side by side, read period by period.

use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};

use crate::error::{Error, Result};
use crate::jobs::copy::leaves::{Leaves, Unit};
use crate::jobs::copy::side::{Groups, Side, SideQuery};
use crate::jobs::copy::surplus::Surpluses;
use crate::plan::cover;
use crate::schema::{Definition, Watermarks};
use crate::store::{Select, Span};
use crate::time::{Calendar, Scale, civil};

/// How often a unit is read again because buckets of it were no longer kept.
const MAX_ATTEMPTS: usize = 16;

/// Both Stores.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    pub(super) from: Side<'a>,
    pub(super) to: Side<'a>,
    /// That of the copy.
    pub(super) definition: &'a Definition,
    pub(super) calendar: Calendar,
    /// What is kept on both sides; raised as answers tell.
    pub(super) watermarks: Watermarks,
}

/// What the first Store holds more than the second in a unit.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) unit: Unit,
    pub(super) more: Surpluses,
    /// Cells looked at.
    pub(super) cells: u64,
}

/// What to do with each; breaks off when told to.
pub(super) type Each<'e> = &'e mut dyn FnMut(&Pair<'_>, Found) -> Result<ControlFlow<()>>;

/// What to do with each part of a stretch.
pub(super) type EachChunk<'e> = &'e mut dyn FnMut(&mut Pair<'_>, &Range<i64>) -> Result<ControlFlow<()>>;

impl Pair<'_> {
    pub(super) fn leaves(&self) -> Leaves<'_> {
        Leaves::new(&self.calendar, self.watermarks)
    }

    /// Every leaf with something in it, finest first: what expires while they are walked is then found in the
    /// coarser ones.
    pub(super) fn each_leaf(&mut self, each: Each<'_>) -> Result<ControlFlow<()>> {
        for scale in Scale::KEPT {
            let mut from = self.leaves().whole(scale).start;
            loop {
                let until = self.leaves().whole(scale).end;
                if from >= until {
                    break;
                }
                if self.each_chunk(scale, &(from..until), each)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                from = until;
            }
            let rest = |pair: &Self| pair.leaves().rest(scale);
            if let Some(found) = self.read(rest, &full(self.definition), true)?
                && each(self, found)?.is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Every bucket of a stretch, chunk by chunk.
    fn each_chunk(&mut self, scale: Scale, range: &Range<i64>, each: Each<'_>) -> Result<ControlFlow<()>> {
        let every = full(self.definition);
        self.chunks(scale, range, &mut |pair, chunk| match pair.read(
            |pair| pair.whole(scale, chunk),
            &every,
            true,
        )? {
            Some(found) => each(pair, found),
            None => Ok(ControlFlow::Continue(())),
        })
    }

    /// The parts of a stretch that hold anything, each with the buckets that lie in one of the next coarser scale.
    pub(super) fn chunks(
        &mut self,
        scale: Scale,
        range: &Range<i64>,
        each: EachChunk<'_>,
    ) -> Result<ControlFlow<()>> {
        for year in self.periods(scale, range, Scale::Year)? {
            let chunk = Scale::KEPT.into_iter().find(|coarser| *coarser > scale).unwrap_or(Scale::Ever);
            let chunks =
                if chunk < Scale::Year { self.periods(scale, &year, chunk)? } else { vec![year.clone()] };
            for chunk in chunks {
                if each(self, &chunk)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// What is still kept of a stretch.
    pub(super) fn whole(&self, scale: Scale, range: &Range<i64>) -> Option<Unit> {
        let from = range.start.max(self.watermarks.of(scale));
        (from < range.end).then_some(Unit::Whole(Span { scale, from, to: range.end }))
    }

    /// The periods of a scale within a stretch that hold anything on either side, cut to it.
    fn periods(&mut self, of: Scale, range: &Range<i64>, scale: Scale) -> Result<Vec<Range<i64>>> {
        if of == Scale::Ever {
            return Ok(vec![range.clone()]);
        }
        let ends = range.start.max(civil::FIRST - civil::DAY)..range.end.min(civil::END + civil::DAY);
        let cuts: Vec<i64> = self.calendar.buckets(scale, &ends).map(|period| period.start).collect();
        let spans = cover(&self.calendar, &self.watermarks, range, scale).spans;
        let select = vec![Select::All; self.definition.axes.len()];
        let mut starts = BTreeSet::new();
        for side in [&self.to, &self.from] {
            let asked = SideQuery { spans: spans.clone(), cuts: cuts.clone(), select: &select, scan: false };
            starts.extend(side.ask(asked)?.0.into_iter().map(|(start, ..)| start));
        }
        let cut = |start: i64| {
            let period = self.calendar.bucket(scale, start);
            range.start.max(period.start)..range.end.min(period.end)
        };
        Ok(starts.into_iter().map(cut).collect())
    }

    /// Reads a unit on both sides, planned again when buckets of it are no longer kept; none when nothing of it
    /// is.
    pub(super) fn read(
        &mut self,
        unit: impl Fn(&Self) -> Option<Unit>,
        select: &[Select],
        scan: bool,
    ) -> Result<Option<Found>> {
        for _ in 0..MAX_ATTEMPTS {
            let Some(unit) = unit(self) else { return Ok(None) };
            let ask = |side: &Side<'_>| {
                side.ask(SideQuery { spans: unit.spans(), cuts: unit.cuts(), select, scan })
            };
            // The second Store first: what is kicked at the first one meanwhile is then more, not less.
            let (to, to_marks) = ask(&self.to)?;
            let (from, from_marks) = ask(&self.from)?;
            let marks = from_marks.raised_to(&to_marks);
            let is_kept = unit.spans().iter().all(|span| marks.of(span.scale) <= span.from);
            self.watermarks = self.watermarks.raised_to(&marks);
            if is_kept {
                let cells = (to.len() + from.len()) as u64;
                return Ok(Some(Found { more: difference(&unit, from, to), unit, cells }));
            }
        }
        Err(Error::unavailable(format!(
            "the retention of metrica {} kept changing while it was copied; run it again",
            self.definition.name
        )))
    }
}

/// Every full point.
pub(super) fn full(definition: &Definition) -> Vec<Select> {
    vec![Select::Any; definition.axes.len()]
}

fn difference(unit: &Unit, from: Groups, to: Groups) -> Surpluses {
    let mut more = Surpluses::default();
    let Unit::Rest { bucket, .. } = unit else {
        from.into_iter().for_each(|(start, point, amount)| more.add(start, point, amount));
        to.into_iter().for_each(|(start, point, amount)| more.subtract(start, point, amount));
        return more;
    };
    let (coarse, fine): (Groups, Groups) = from.into_iter().partition(|(start, ..)| *start == bucket.from);
    for (_, point, amount) in coarse {
        more.add(bucket.from, point, amount);
    }
    for (_, point, amount) in fine {
        more.subtract(bucket.from, point, amount);
    }
    for (start, point, amount) in to {
        more.subtract(bucket.from, point, if start == bucket.from { amount } else { -amount });
    }
    more
}
