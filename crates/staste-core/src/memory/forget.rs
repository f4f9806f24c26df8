//! Forgetting in memory: bucket by bucket, so that every sum stays a sum.

use std::collections::BTreeMap;

use super::table::{Amount, Cells, Table};
use crate::plan::{Changes, Removal, add_changes};
use crate::schema::Choice;
use crate::store::{Forgotten, Span};
use crate::time::BEFORE_ALL;
use crate::time::Scale;

impl Table {
    /// Takes kicks out of the cells, or moves them to *other*.
    pub(super) fn forget(
        &mut self,
        filter: &[(usize, Choice)],
        span: Option<&(i64, i64, Vec<Span>)>,
        into_other: bool,
    ) -> Forgotten {
        let before = self.everything();
        let mut ids = vec![None; self.choices.len()];
        let mut other = None;
        for (axis, choice) in filter {
            let Some(table) = self.choices.get_mut(*axis) else { continue };
            let Some(id) = table.id(choice) else { return Forgotten::default() };
            if let Some(slot) = ids.get_mut(*axis) {
                *slot = Some(id);
            }
            other = into_other.then(|| table.other_beside(id));
        }
        let removal = Removal {
            tables: &self.choices,
            filter: ids.clone(),
            combinations: self.definition.combinations,
            into_other: other,
        };
        let changes = self.changes_by_bucket(&removal, span);
        let mut removed = 0;
        for (bucket, changes) in changes {
            if let Some(cells) = self.buckets.get_mut(&bucket) {
                removed += change(cells, &changes);
                if cells.is_empty() {
                    self.buckets.remove(&bucket);
                }
            }
        }
        if span.is_none() && filter.len() == 1 {
            for (table, id) in self.choices.iter_mut().zip(ids) {
                if let Some(id) = id.filter(|id| *id >= crate::store::FIRST_VALUE) {
                    table.remove(id);
                }
            }
            // A declared choice is known whether it was kicked or not.
            for (table, axis) in self.choices.iter_mut().zip(&self.definition.axes) {
                table.declare(axis);
            }
        }
        let after = self.everything();
        Forgotten { cells: removed, total: before.total - after.total, count: before.count - after.count }
    }

    /// What changes in each bucket: those in the span by what they hold, those around it by what the
    /// buckets that compose the span hold.
    fn changes_by_bucket(
        &self,
        removal: &Removal<'_>,
        span: Option<&(i64, i64, Vec<Span>)>,
    ) -> BTreeMap<(Scale, i64), Changes> {
        let own = |cells: &Cells| {
            removal.changes(cells.iter().map(|(point, (total, count))| (point.as_slice(), *total, *count)))
        };
        let mut changes: BTreeMap<(Scale, i64), Changes> = BTreeMap::new();
        let Some((from, to, spans)) = span else {
            return self.buckets.iter().map(|(bucket, cells)| (*bucket, own(cells))).collect();
        };
        let calendar = self.definition.calendar();
        let lies_within = |scale: Scale, start: i64| {
            scale != Scale::Ever && start >= *from && calendar.bucket(scale, start).end <= *to
        };
        for ((scale, start), cells) in &self.buckets {
            if lies_within(*scale, *start) {
                changes.insert((*scale, *start), own(cells));
            }
        }
        for Span { scale, from, to } in spans {
            for ((_, start), cells) in self.buckets.range((*scale, *from)..(*scale, *to)) {
                let own = own(cells);
                for coarser in Scale::KEPT.into_iter().filter(|coarser| coarser > scale) {
                    let around = match coarser {
                        Scale::Ever => BEFORE_ALL,
                        _ => calendar.bucket(coarser, *start).start,
                    };
                    if !lies_within(coarser, around) {
                        add_changes(changes.entry((coarser, around)).or_default(), &own);
                    }
                }
            }
        }
        changes
    }
}

/// Adds the changes; cells that come to nothing go. Tells how many went.
fn change(cells: &mut Cells, changes: &Changes) -> u64 {
    let mut gone = 0;
    for (point, (total, count)) in changes {
        let (own_total, own_count): Amount = cells.get(point).copied().unwrap_or_default();
        // What is taken out was put in, so the sums stay within the cells' range.
        let total = i64::try_from(i128::from(own_total) + total).unwrap_or(own_total);
        let count = i64::try_from(i128::from(own_count) + count).unwrap_or(own_count);
        if count == 0 {
            gone += u64::from(cells.remove(point).is_some());
        } else {
            cells.insert(point.clone(), (total, count));
        }
    }
    gone
}
