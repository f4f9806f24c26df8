//! The cells at *unset*: the original counts a kick that leaves an axis out at ALL only, so that *unset* is ALL less the
//! choices of the axis.

use std::collections::HashMap;

use staste_core::Amount;
use staste_core::plan::Point;
use staste_core::store::{ALL, ChoiceTable, OTHER, UNSET};

/// Amounts by point.
pub(crate) type Sums = HashMap<Point, Amount>;

/// Adds the cells at *unset* on these axes, except for those of zero.
pub(crate) fn derive(sums: &mut Sums, tables: &[ChoiceTable], axes: impl Iterator<Item = usize>) {
    for axis in axes {
        let Some(table) = tables.get(axis) else { continue };
        let mut rest = Sums::new();
        for (point, amount) in &*sums {
            let Some(id) = point.get(axis).copied() else { continue };
            let amount = match id {
                ALL => *amount,
                id if id >= OTHER && table.parent(id) == ALL => -*amount,
                _ => continue,
            };
            let mut unset = point.clone();
            if let Some(id) = unset.get_mut(axis) {
                *id = UNSET;
            }
            *rest.entry(unset).or_default() += amount;
        }
        rest.retain(|_, amount| !amount.is_zero());
        sums.extend(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unset_is_all_less_the_choices() {
        let tables = vec![ChoiceTable::default(), ChoiceTable::default()];
        // Kicks at (3, 3), (3, unset), (unset, 4) and (unset, unset).
        let cells = [(0, 0, 4), (0, 3, 1), (0, 4, 1), (3, 0, 2), (3, 3, 1)];
        let mut sums: Sums = cells
            .iter()
            .map(|(one, other, sum)| (Point::from_slice(&[*one, *other]), Amount::new(*sum, *sum)))
            .collect();
        derive(&mut sums, &tables, 0..2);
        let at = |one: u32, other: u32| sums.get([one, other].as_slice()).map(|amount| amount.total());
        assert_eq!(at(UNSET, ALL), Some(2));
        assert_eq!(at(ALL, UNSET), Some(2));
        assert_eq!(at(UNSET, UNSET), Some(1));
        assert_eq!(at(UNSET, 4), Some(1));
        assert_eq!(at(3, UNSET), Some(1));
        assert_eq!(at(UNSET, 3), None);
    }
}
