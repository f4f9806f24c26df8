//! `Differences`: what the source holds more than the target, point by point.

use std::collections::HashSet;

use crate::amount::Amount;
use crate::plan::{PointAmounts, PointKey, subtract_children};
use crate::schema::{Choice, Definition};

/// A choice per axis.
pub(super) type Point = Vec<Choice>;

/// The amounts that the source holds more than the target, negative when the target holds more.
#[derive(Debug, Default)]
pub(super) struct Differences {
    amounts: PointAmounts,
    /// Points of which only the source has a cell.
    only_in_source: HashSet<PointKey>,
}

impl Differences {
    /// Adds a cell of the source.
    pub(super) fn add(&mut self, start: i64, point: Point, amount: Amount) {
        *self.amounts.entry((start, point.clone())).or_default() += amount;
        self.only_in_source.insert((start, point));
    }

    /// Subtracts a cell of the target.
    pub(super) fn subtract(&mut self, start: i64, point: Point, amount: Amount) {
        let key = (start, point);
        self.only_in_source.remove(&key);
        *self.amounts.entry(key).or_default() -= amount;
    }

    /// Returns the difference at each point, equal points included.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &[Choice], Amount)> {
        self.amounts.iter().map(|((start, point), amount)| (*start, point.as_slice(), *amount))
    }

    /// Returns the differences of the kicks at each point itself, without equal points.
    pub(super) fn into_kicks(mut self, definition: &Definition) -> PointAmounts {
        // It is unknown whether kicks of value 0 ended at a path with others below it.
        for parent in subtract_children(definition, true, &mut self.amounts) {
            self.only_in_source.remove(&parent);
        }
        let is_averaged = definition.is_averaged();
        let Differences { mut amounts, only_in_source } = self;
        amounts.retain(|key, amount| {
            // Without counts, a missing cell of total 0 is a difference too.
            (!is_averaged && only_in_source.contains(key)) || !amount.is_empty_cell(is_averaged)
        });
        amounts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Axis, MetricaKind, MetricaSpec};

    fn definition(kind: MetricaKind) -> Definition {
        let mut spec = MetricaSpec::new("m").unwrap();
        spec.axis("page", &Axis::path()).unwrap();
        spec.axis("age", &Axis::stored()).unwrap();
        spec.kind = Some(kind);
        spec.reconcile(None).unwrap().0
    }

    fn cells(cells: &[(&[&str], i128)]) -> Differences {
        let mut differences = Differences::default();
        for (path, total) in cells {
            differences.add(0, vec![Choice::path(*path), Choice::Unset], Amount::new(*total, *total));
        }
        differences
    }

    fn total(amounts: &PointAmounts, path: &[&str]) -> Option<i128> {
        amounts.get(&(0, vec![Choice::path(path), Choice::Unset])).map(|amount| amount.total())
    }

    #[test]
    fn path_without_kicks_of_its_own_is_no_difference() {
        let own = cells(&[(&["a"], 10), (&["a", "b"], 7), (&["y"], 2), (&["y", "x"], 2)])
            .into_kicks(&definition(MetricaKind::Averaged));
        assert_eq!((total(&own, &["a"]), total(&own, &["a", "b"])), (Some(3), Some(7)));
        assert_eq!((total(&own, &["y"]), total(&own, &["y", "x"])), (None, Some(2)));
    }

    #[test]
    fn equal_cells_are_no_difference() {
        let mut differences = cells(&[(&["a"], 10), (&["a", "b"], 7), (&["c"], 0)]);
        for (path, amount) in [(&["a"][..], 7), (&["a", "b"][..], 7)] {
            differences.subtract(0, vec![Choice::path(path), Choice::Unset], Amount::new(amount, amount));
        }
        let own = differences.into_kicks(&definition(MetricaKind::Averaged));
        assert_eq!((own.len(), total(&own, &["a"])), (1, Some(3)));
    }

    #[test]
    fn missing_cell_of_total_zero_is_a_difference_without_counts() {
        let own =
            cells(&[(&["c"], 0), (&["d"], 0), (&["d", "e"], 0)]).into_kicks(&definition(MetricaKind::Plain));
        let mut found: Vec<_> = own.keys().map(|(_, point)| point[0].to_string()).collect();
        found.sort();
        assert_eq!(found, ["c", "d/e"]);
    }
}
