//! What one Store holds more than another, point by point.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::amount::Amount;
use crate::schema::{AxisKind, Choice, Combinations, Definition};

/// A choice per axis.
pub(super) type Point = Vec<Choice>;

/// The amount that the first of two Stores holds more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Surplus {
    pub(super) amount: Amount,
    /// True where only the first has a cell.
    pub(super) is_new: bool,
}

/// Surpluses by the start of their bucket and their point.
#[derive(Debug, Default)]
pub(super) struct Surpluses(pub(super) HashMap<(i64, Point), Surplus, foldhash::fast::RandomState>);

impl Surpluses {
    /// Adds what the first Store holds.
    pub(super) fn add(&mut self, start: i64, point: Point, amount: Amount) {
        let surplus = self.0.entry((start, point)).or_default();
        surplus.amount += amount;
        surplus.is_new = true;
    }

    /// Takes away what the second one holds.
    pub(super) fn subtract(&mut self, start: i64, point: Point, amount: Amount) {
        let surplus = self.0.entry((start, point)).or_default();
        surplus.amount -= amount;
        surplus.is_new = false;
    }

    /// What was kicked at each point itself: the cell of a path holds what lies below it too.
    ///
    /// Where only pairs are combined, a full point stands for itself.
    pub(super) fn into_kicks(mut self, definition: &Definition) -> Surpluses {
        if definition.combinations == Combinations::Every {
            for (axis, known) in definition.axes.iter().enumerate() {
                if known.kind == AxisKind::Path {
                    self.subtract_below(axis);
                }
            }
        }
        let is_averaged = definition.is_averaged();
        self.0.retain(|_, surplus| {
            (surplus.is_new && !is_averaged) || !surplus.amount.is_empty_cell(is_averaged)
        });
        self
    }

    /// Takes from every place on a path axis what lies directly below it.
    fn subtract_below(&mut self, axis: usize) {
        let mut below: Vec<((i64, Point), Amount)> = Vec::new();
        for ((start, point), surplus) in &self.0 {
            if let Some(above) = point.get(axis).and_then(above) {
                let mut place = point.clone();
                if let Some(choice) = place.get_mut(axis) {
                    *choice = above;
                }
                below.push(((*start, place), surplus.amount));
            }
        }
        for (place, amount) in below {
            match self.0.entry(place) {
                Entry::Occupied(mut above) => {
                    let above = above.get_mut();
                    above.amount -= amount;
                    // Whether something of no value ended here cannot be told.
                    above.is_new = false;
                }
                Entry::Vacant(above) => {
                    above.insert(Surplus { amount: -amount, is_new: false });
                }
            }
        }
    }
}

/// The place above; none for the first level.
fn above(choice: &Choice) -> Option<Choice> {
    let path = choice.as_path()?;
    // A path that goes on past the cap lies below the place it goes on from.
    let above = if path.is_other() {
        path.components()
    } else {
        path.components().split_last().map(|(_, above)| above)?
    };
    (!above.is_empty()).then(|| Choice::path(above))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Axis, MetricaKind, MetricaSpec};

    fn definition(kind: MetricaKind) -> Definition {
        let mut asked = MetricaSpec::new("m").unwrap();
        asked.axis("page", &Axis::path()).unwrap();
        asked.axis("age", &Axis::stored()).unwrap();
        asked.kind = Some(kind);
        asked.reconcile(None).unwrap().0
    }

    fn cells(cells: &[(&[&str], i128)]) -> Surpluses {
        let mut amounts = Surpluses::default();
        for (path, total) in cells {
            amounts.add(0, vec![Choice::path(*path), Choice::Unset], Amount::new(*total, *total));
        }
        amounts
    }

    fn total(amounts: &Surpluses, path: &[&str]) -> Option<i128> {
        amounts.0.get(&(0, vec![Choice::path(path), Choice::Unset])).map(|surplus| surplus.amount.total())
    }

    #[test]
    fn a_place_keeps_what_ended_there() {
        let own = cells(&[
            (&["a"], 10),
            (&["a", "b"], 7),
            (&["a", "b", "c"], 5),
            (&["z"], 1),
            (&["y"], 2),
            (&["y", "x"], 2),
        ])
        .into_kicks(&definition(MetricaKind::Averaged));
        assert_eq!((total(&own, &["a"]), total(&own, &["a", "b"])), (Some(3), Some(2)));
        assert_eq!((total(&own, &["a", "b", "c"]), total(&own, &["z"])), (Some(5), Some(1)));
        assert_eq!((total(&own, &["y"]), total(&own, &["y", "x"])), (None, Some(2)));
    }

    #[test]
    fn what_both_hold_is_no_difference() {
        let mut more = cells(&[(&["a"], 10), (&["a", "b"], 7), (&["c"], 0)]);
        for (path, amount) in [(&["a"][..], 7), (&["a", "b"][..], 7)] {
            more.subtract(0, vec![Choice::path(path), Choice::Unset], Amount::new(amount, amount));
        }
        let own = more.into_kicks(&definition(MetricaKind::Averaged));
        assert_eq!((own.0.len(), total(&own, &["a"])), (1, Some(3)));
    }

    #[test]
    fn a_new_cell_of_nothing_is_one_where_no_counts_tell() {
        let own =
            cells(&[(&["c"], 0), (&["d"], 0), (&["d", "e"], 0)]).into_kicks(&definition(MetricaKind::Plain));
        let mut found: Vec<_> = own.0.keys().map(|(_, point)| point[0].to_string()).collect();
        found.sort();
        assert_eq!(found, ["c", "d/e"]);
    }
}
