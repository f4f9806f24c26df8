//! Forgetting in the in-memory Store, bucket by bucket.

use std::convert::Infallible;

use crate::memory::table::{Cells, Table};
use crate::plan::{BucketKey, Changes, Erasure};
use crate::store::{Forgotten, KickSelection};

impl Table {
    /// Removes kicks from the cells, or moves them to *other*.
    pub(super) fn forget(&mut self, selection: &KickSelection) -> Forgotten {
        let Some(mut erasure) = Erasure::new(selection, &mut self.choices) else {
            return Forgotten::default();
        };
        let buckets: Vec<BucketKey> = self.buckets.keys().copied().collect();
        let mut all_changes: Vec<(BucketKey, Changes)> = Vec::new();
        let cells = |bucket| {
            let cells = self.buckets.get(&bucket).into_iter().flatten();
            Ok::<_, Infallible>(cells.map(|(point, amount)| (point.clone(), *amount)).collect())
        };
        let Ok(amount) = erasure.run(&self.choices, &buckets, cells, |bucket, changes| {
            all_changes.push((bucket, changes.clone()));
            Ok(())
        });
        let mut cells = 0;
        for (bucket, changes) in all_changes {
            if let Some(stored) = self.buckets.get_mut(&bucket) {
                cells += change(stored, &changes);
                if stored.is_empty() {
                    self.buckets.remove(&bucket);
                }
            }
        }
        let choices = erasure.free_choices(&mut self.choices).len() as u64;
        Forgotten { cells, amount, choices }
    }
}

/// Adds the changes and removes cells without kicks; returns the number of cells removed.
fn change(cells: &mut Cells, changes: &Changes) -> u64 {
    let mut removed = 0;
    for (point, change) in changes {
        // The removed amounts were added before, so that the sums stay within the range of cells.
        let amount = cells.get(point).copied().unwrap_or_default() + *change;
        if amount.count() == 0 {
            removed += u64::from(cells.remove(point).is_some());
        } else {
            cells.insert(point.clone(), amount);
        }
    }
    removed
}
