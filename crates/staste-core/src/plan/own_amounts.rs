//! Own amounts on path axes: what was kicked at a path itself, without the paths below it.

use std::collections::{HashMap, HashSet};

use crate::amount::Amount;
use crate::plan::counted_points::CountedPoints;
use crate::schema::{Choice, Definition};
use crate::store::{ALL, FIRST_VALUE};

/// The start of a bucket, and a full point as one choice per axis.
pub type PointKey = (i64, Vec<Choice>);

/// Amounts of full points in buckets.
pub type PointAmounts = HashMap<PointKey, Amount, foldhash::fast::RandomState>;

/// Subtracts from every full point the points directly below it on path axes, since the cell of a path includes them.
/// The amounts of the kicks at each point itself remain, which are 0 for a path at which no kick ended.
///
/// With bins, points have the axis of bins too. Returns the points with others below them. Unless every combination is counted, the cell of a full point does not
/// include others, so that nothing is subtracted.
///
/// ```
/// use staste_core::plan::{PointAmounts, subtract_children};
/// use staste_core::{Amount, Axis, Choice, MemoryStore, Staste};
/// let staste = Staste::new(MemoryStore::new());
/// let definition = staste.metrica("visits").axis("page", Axis::path()).build()?.definition()?;
/// let (blog, post) = ((0, vec![Choice::path(["blog"])]), (0, vec![Choice::path(["blog", "2013"])]));
/// let mut amounts = PointAmounts::from_iter([
///     (blog.clone(), Amount::new(5, 5)),
///     (post.clone(), Amount::new(3, 3)),
/// ]);
/// subtract_children(&definition, false, &mut amounts);
/// assert_eq!((amounts[&blog].total(), amounts[&post].total()), (2, 3));
/// # Ok::<(), staste_core::Error>(())
/// ```
pub fn subtract_children(
    definition: &Definition,
    with_bins: bool,
    amounts: &mut PointAmounts,
) -> HashSet<PointKey> {
    let mut parents = HashSet::new();
    let bin = if with_bins && definition.is_distribution() { FIRST_VALUE } else { ALL };
    if !CountedPoints::of(definition).has_every_combination(bin) {
        return parents;
    }
    let axes = definition.stored_axes.iter().filter(|axis| with_bins || !axis.is_bins()).enumerate();
    for (axis, _) in axes.filter(|(_, axis)| axis.is_path()) {
        let children: Vec<(PointKey, Amount)> = amounts
            .iter()
            .filter_map(|((start, point), amount)| Some(((*start, parent_point(point, axis)?), *amount)))
            .collect();
        for (parent, amount) in children {
            *amounts.entry(parent.clone()).or_default() -= amount;
            parents.insert(parent);
        }
    }
    parents
}

/// Returns the point with the path above on an axis; none for a path of one component and for other choices.
fn parent_point(point: &[Choice], axis: usize) -> Option<Vec<Choice>> {
    let path = point.get(axis)?.as_path()?;
    // The path that ends in *other* is below the path of its components.
    let above = if path.is_other() { path.components() } else { path.components().split_last()?.1 };
    if above.is_empty() {
        return None;
    }
    let mut parent = point.to_vec();
    *parent.get_mut(axis)? = Choice::path(above);
    Some(parent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Axis, AxisDefinition, Combinations, MetricaSpec};

    fn definition() -> Definition {
        let mut spec = MetricaSpec::new("m").unwrap();
        spec.axis("page", &Axis::path()).unwrap();
        spec.axis("age", &Axis::stored()).unwrap();
        spec.reconcile(None).unwrap().0
    }

    fn key(path: &[&str]) -> PointKey {
        (0, vec![Choice::path(path), Choice::value("18")])
    }

    #[test]
    fn path_keeps_the_kicks_that_ended_there() {
        let cells: [(&[&str], i128); 6] = [
            (&["a"], 10),
            (&["a", "b"], 7),
            (&["a", "b", "c"], 5),
            (&["z"], 1),
            (&["y"], 2),
            (&["y", "x"], 2),
        ];
        let mut amounts: PointAmounts =
            cells.iter().map(|(path, total)| (key(path), Amount::new(*total, *total))).collect();
        let parents = subtract_children(&definition(), false, &mut amounts);
        let own: Vec<i128> = cells.iter().map(|(path, _)| amounts[&key(path)].total()).collect();
        assert_eq!(own, [3, 2, 5, 1, 0, 2]);
        assert_eq!(parents, HashSet::from([key(&["a"]), key(&["a", "b"]), key(&["y"])]));
    }

    #[test]
    fn path_that_ends_in_other_is_below_its_components() {
        let other = (0, vec![Choice::other_below(["a"]), Choice::value("18")]);
        let mut amounts =
            PointAmounts::from_iter([(key(&["a"]), Amount::new(4, 4)), (other, Amount::new(3, 3))]);
        subtract_children(&definition(), false, &mut amounts);
        assert_eq!(amounts[&key(&["a"])].total(), 1);
    }

    #[test]
    fn full_points_include_no_others_without_every_combination() {
        let mut definition = definition();
        // With two axes, pairs are every combination.
        definition.stored_axes.extend(
            ["b", "c"]
                .map(|name| AxisDefinition { name: name.to_owned(), ..definition.stored_axes[1].clone() }),
        );
        definition.combinations = Combinations::Pairs;
        let mut amounts = PointAmounts::from_iter([
            (key(&["a"]), Amount::new(4, 4)),
            (key(&["a", "b"]), Amount::new(3, 3)),
        ]);
        assert!(subtract_children(&definition, false, &mut amounts).is_empty());
        assert_eq!(amounts[&key(&["a"])].total(), 4);
    }
}
