//! Which cells change when kicks are taken out, decided once for every Store.
//!
//! Without a timespan the cells of each bucket tell what changes in it. With one, the buckets inside it change by what
//! they hold, and those around it by what the largest buckets inside hold.

use std::collections::BTreeMap;

use crate::amount::Amount;
use crate::plan::removal::{Changes, Removal, add_changes};
use crate::plan::roll_up::Point;
use crate::schema::{AxisKind, Definition};
use crate::store::{ALL, ChoiceTable, FIRST_VALUE, KickSelection, Span};
use crate::time::{BEFORE_ALL, Calendar, Scale};

/// A bucket by its scale and start.
pub type BucketKey = (Scale, i64);

/// The kicks to take out of the cells of a Metrica, in terms of ids.
#[derive(Debug)]
pub struct Erasure<'a> {
    definition: &'a Definition,
    calendar: Calendar,
    span: Option<&'a (i64, i64, Vec<Span>)>,
    /// Per axis the id to take out; none where the axis is not filtered.
    filter: Vec<Option<u32>>,
    /// The *other* that kicks are moved to, rather than taken out.
    into_other: Option<u32>,
    /// True when a single choice goes for all time, so that its place on the axis is free again.
    frees_choice: bool,
}

impl<'a> Erasure<'a> {
    /// Looks the choices up; none when one of them was never seen, so that there is nothing to take out.
    ///
    /// With `into_other` an axis may get an *other* next to the filtered choice, which its table then has.
    pub fn new(selection: &'a KickSelection, tables: &mut [ChoiceTable]) -> Option<Erasure<'a>> {
        let KickSelection { definition, filter, span, into_other } = selection;
        let mut erasure = Erasure {
            definition,
            calendar: definition.calendar(),
            span: span.as_ref(),
            filter: vec![None; tables.len()],
            into_other: None,
            frees_choice: span.is_none() && filter.len() == 1,
        };
        for (axis, choice) in filter {
            let (Some(table), Some(slot)) = (tables.get_mut(*axis), erasure.filter.get_mut(*axis)) else {
                continue;
            };
            let id = table.id(choice)?;
            if *into_other {
                erasure.into_other = Some(table.sibling_other(id));
            }
            *slot = Some(id);
        }
        Some(erasure)
    }

    /// Per axis, the ids that the cells to be read may have: this one (or those below it on a path axis), or any.
    pub fn filter(&self) -> impl Iterator<Item = (Option<u32>, bool)> {
        let is_path = self.definition.axes.iter().map(|axis| axis.kind == AxisKind::Path);
        self.filter.iter().copied().zip(is_path)
    }

    /// Works out the changes bucket by bucket, from the cells that `cells` reads, and passes them to `change`; buckets
    /// around the timespan come last. Returns the amount that goes from the grand total.
    ///
    /// # Errors
    /// Those of `cells` and `change`.
    pub fn run<E>(
        &self,
        tables: &[ChoiceTable],
        buckets: &[BucketKey],
        mut cells: impl FnMut(BucketKey) -> Result<Vec<(Point, Amount)>, E>,
        mut change: impl FnMut(BucketKey, &Changes) -> Result<(), E>,
    ) -> Result<Amount, E> {
        let removal = Removal {
            tables,
            filter: &self.filter,
            combinations: self.definition.combinations,
            into_other: self.into_other,
        };
        let mut around: BTreeMap<BucketKey, Changes> = BTreeMap::new();
        let outside = buckets.iter().filter(|bucket| !self.is_inside(**bucket));
        around.extend(outside.map(|bucket| (*bucket, Changes::default())));
        let mut erased = Amount::ZERO;
        for bucket in buckets.iter().filter(|bucket| self.is_inside(**bucket)) {
            let read = cells(*bucket)?;
            let changes = removal.changes(read.iter().map(|(point, amount)| (point.as_slice(), *amount)));
            erased += self.share_of_grand_total(*bucket, &changes);
            change(*bucket, &changes)?;
            if self.composes_span(*bucket) {
                for coarser in Scale::KEPT.into_iter().filter(|coarser| *coarser > bucket.0) {
                    if let Some(sum) = around.get_mut(&self.bucket_around(coarser, bucket.1)) {
                        add_changes(sum, &changes);
                    }
                }
            }
        }
        for (bucket, changes) in around.iter().filter(|(_, changes)| !changes.is_empty()) {
            erased += self.share_of_grand_total(*bucket, changes);
            change(*bucket, changes)?;
        }
        Ok(erased)
    }

    /// True for a bucket of which all kicks are in the timespan.
    fn is_inside(&self, (scale, start): BucketKey) -> bool {
        self.span.is_none_or(|(from, to, _)| {
            scale != Scale::Ever && start >= *from && self.calendar.bucket(scale, start).end <= *to
        })
    }

    /// True for a bucket that is one of the largest inside the timespan.
    fn composes_span(&self, (scale, start): BucketKey) -> bool {
        self.span.is_some_and(|(_, _, spans)| {
            spans.iter().any(|span| span.scale == scale && span.from <= start && start < span.to)
        })
    }

    fn bucket_around(&self, scale: Scale, start: i64) -> BucketKey {
        let start = if scale == Scale::Ever { BEFORE_ALL } else { self.calendar.bucket(scale, start).start };
        (scale, start)
    }

    fn share_of_grand_total(&self, bucket: BucketKey, changes: &Changes) -> Amount {
        if bucket != (Scale::Ever, BEFORE_ALL) {
            return Amount::ZERO;
        }
        let all = Point::from_elem(ALL, self.filter.len());
        -changes.get(&all).copied().unwrap_or_default()
    }

    /// Removes the choice whose kicks were taken out for all time, and those below it, from the table of its axis; returns
    /// their axis and ids. Declared choices stay.
    pub fn free_choice(&self, tables: &mut [ChoiceTable]) -> Vec<(usize, u32)> {
        let filtered = self.filter.iter().enumerate().find_map(|(axis, id)| Some((axis, (*id)?)));
        let Some((axis, id)) = filtered.filter(|(_, id)| self.frees_choice && *id >= FIRST_VALUE) else {
            return Vec::new();
        };
        let is_declared =
            self.definition.axes.get(axis).is_some_and(|axis| matches!(axis.kind, AxisKind::Declared(_)));
        match tables.get_mut(axis) {
            Some(table) if !is_declared => table.remove(id).into_iter().map(|id| (axis, id)).collect(),
            _ => Vec::new(),
        }
    }
}
