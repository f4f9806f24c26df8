//! `Erasure`: the cells that change when kicks are removed, decided in one place for every Store.
//!
//! Without a timespan, the changes of each bucket follow from its own cells. With one, the buckets inside it change by
//! their own cells, and the buckets around it by the cells of the largest buckets inside.

use std::collections::{BTreeMap, HashSet};

use crate::amount::Amount;
use crate::plan::counted_points::CountedPoints;
use crate::plan::erased_ids::ErasedIds;
use crate::plan::removal::{Changes, Removal, add_changes};
use crate::plan::roll_up::Point;
use crate::schema::{AxisDefinition, Definition};
use crate::store::{ALL, ChoiceTable, FIRST_VALUE, KickSelection, Span};
use crate::time::{Calendar, EVER_START, Scale};

/// A bucket by its scale and start.
pub type BucketKey = (Scale, i64);

/// The kicks to remove from the cells of a Metrica, in terms of ids.
#[derive(Debug)]
pub struct Erasure<'a> {
    definition: &'a Definition,
    calendar: Calendar,
    span: Option<&'a (i64, i64, Vec<Span>)>,
    /// Per axis the ids to remove; none for an axis without a filter.
    filter: Vec<Option<ErasedIds>>,
    /// True to move kicks to *other*.
    into_other: bool,
    /// True when choices of one axis are removed for all time, so that they no longer count against its cap.
    frees_choices: bool,
    /// Per axis the ids of the cells that were read, if choices without cells are removed.
    used: Option<Vec<HashSet<u32>>>,
}

/// The ids that cells to be removed have on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchingIds {
    /// Any id.
    Any,
    /// This id.
    Only(u32),
    /// Ids of choices; [`Erasure::run`] ignores those that do not match.
    Choices,
}

impl<'a> Erasure<'a> {
    /// Looks up the choices of a selection. Returns none when an axis has none that was ever counted, so that there is
    /// nothing to remove.
    ///
    /// With `into_other` the table of an axis may get a new *other* next to each filtered choice.
    pub fn new(selection: &'a KickSelection, tables: &mut [ChoiceTable]) -> Option<Erasure<'a>> {
        let KickSelection { definition, filter, span, into_other, unused_choices } = selection;
        let mut erasure = Erasure {
            definition,
            calendar: definition.calendar(),
            span: span.as_ref(),
            filter: vec![None; tables.len()],
            into_other: *into_other,
            frees_choices: span.is_none() && filter.len() == 1,
            used: unused_choices.then(|| vec![HashSet::new(); tables.len()]),
        };
        for (axis, choices) in filter {
            let (Some(table), Some(filtered)) = (tables.get_mut(*axis), erasure.filter.get_mut(*axis)) else {
                continue;
            };
            let ids: HashSet<u32> = choices.iter().filter_map(|choice| table.id(choice)).collect();
            if ids.is_empty() {
                return None;
            }
            let ids = ErasedIds::new(ids, table);
            if *into_other {
                ids.values().for_each(|id| _ = table.sibling_other(id));
            }
            *filtered = Some(ids);
        }
        Some(erasure)
    }

    /// Returns per axis the ids of the cells that have to be read.
    pub fn matching_ids(&self) -> impl Iterator<Item = MatchingIds> {
        let is_path = self.definition.stored_axes.iter().map(AxisDefinition::is_path);
        self.filter.iter().zip(is_path).map(|(ids, is_path)| match ids {
            None => MatchingIds::Any,
            Some(ids) => ids.only().filter(|_| !is_path).map_or(MatchingIds::Choices, MatchingIds::Only),
        })
    }

    /// Computes the changes bucket by bucket from the cells that `cells` reads, and passes them to `change`; buckets
    /// around the timespan come last. Returns the amount that is removed from the grand total.
    ///
    /// # Errors
    /// Those of `cells` and `change`.
    pub fn run<E>(
        &mut self,
        tables: &[ChoiceTable],
        buckets: &[BucketKey],
        mut cells: impl FnMut(BucketKey) -> Result<Vec<(Point, Amount)>, E>,
        mut change: impl FnMut(BucketKey, &Changes) -> Result<(), E>,
    ) -> Result<Amount, E> {
        if let Some(used) = &mut self.used {
            for bucket in buckets {
                for (point, _) in cells(*bucket)? {
                    used.iter_mut().zip(point).for_each(|(used, id)| _ = used.insert(id));
                }
            }
            return Ok(Amount::ZERO);
        }
        let removal = Removal {
            tables,
            filter: &self.filter,
            points: CountedPoints::of(self.definition),
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

    /// Returns true when all kicks of a bucket are in the timespan.
    fn is_inside(&self, (scale, start): BucketKey) -> bool {
        self.span.is_none_or(|(from, to, _)| {
            scale != Scale::Ever && start >= *from && self.calendar.bucket(scale, start).end <= *to
        })
    }

    /// Returns true for one of the largest buckets inside the timespan.
    fn composes_span(&self, (scale, start): BucketKey) -> bool {
        self.span.is_some_and(|(_, _, spans)| {
            spans.iter().any(|span| span.scale == scale && span.from <= start && start < span.to)
        })
    }

    fn bucket_around(&self, scale: Scale, start: i64) -> BucketKey {
        let start = if scale == Scale::Ever { EVER_START } else { self.calendar.bucket(scale, start).start };
        (scale, start)
    }

    fn share_of_grand_total(&self, bucket: BucketKey, changes: &Changes) -> Amount {
        if bucket != (Scale::Ever, EVER_START) {
            return Amount::ZERO;
        }
        let all = Point::from_elem(ALL, self.filter.len());
        -changes.get(&all).copied().unwrap_or_default()
    }

    /// Removes the choices whose kicks were removed for all time, and those below them, from the table of their axis; or
    /// all choices without cells. Returns their axes and ids. Declared choices stay.
    pub fn free_choices(&self, tables: &mut [ChoiceTable]) -> Vec<(usize, u32)> {
        if let Some(used) = &self.used {
            return self.free_unused(used, tables);
        }
        let filtered = self.filter.iter().enumerate().find_map(|(axis, ids)| Some((axis, ids.as_ref()?)));
        let Some((axis, ids)) = filtered.filter(|_| self.frees_choices) else { return Vec::new() };
        let is_declared = self.definition.stored_axes.get(axis).is_some_and(|axis| axis.declared().is_some());
        match tables.get_mut(axis) {
            Some(table) if !is_declared => {
                table.remove(&ids.values().collect()).into_iter().map(|id| (axis, id)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn free_unused(&self, used: &[HashSet<u32>], tables: &mut [ChoiceTable]) -> Vec<(usize, u32)> {
        let mut freed = Vec::new();
        let axes = self.definition.stored_axes.iter().zip(used).zip(tables).enumerate();
        for (index, ((_, used), table)) in axes.filter(|(_, ((axis, _), _))| axis.declared().is_none()) {
            let unused = table.entries_from(FIRST_VALUE).map(|(id, _)| id).filter(|id| !used.contains(id));
            let unused: HashSet<u32> = unused.collect();
            freed.extend(table.remove(&unused).into_iter().map(|id| (index, id)));
        }
        freed
    }
}
