//! What ended at each place of a path: its cell holds what lies below it too.

use std::collections::HashMap;

use staste::{Amount, Choice};

/// Cells by point.
pub(super) type Cells = HashMap<Vec<Choice>, Amount>;

/// Takes from every place on the path axis what lies directly below it.
pub(super) fn own(cells: Cells, axis: usize) -> Cells {
    let mut own = cells.clone();
    for (point, amount) in &cells {
        let Some(above) = point.get(axis).and_then(above) else { continue };
        let mut place = point.clone();
        if let Some(choice) = place.get_mut(axis) {
            *choice = above;
        }
        if let Some(sum) = own.get_mut(&place) {
            *sum -= *amount;
        }
    }
    own
}

/// The place above; none for the first level.
fn above(choice: &Choice) -> Option<Choice> {
    let path = choice.as_path()?;
    let components = path.components();
    // A path that goes on past the cap lies below the place it goes on from.
    let above = if path.is_other() { components } else { components.split_last()?.1 };
    (!above.is_empty()).then(|| Choice::path(above))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_keeps_what_ended_there() {
        let cell =
            |path: &[&str], total| (vec![Choice::path(path), Choice::value("x")], Amount::new(total, 1));
        let cells =
            Cells::from([cell(&["a"], 10), cell(&["a", "b"], 7), cell(&["a", "b", "c"], 5), cell(&["z"], 1)]);
        let own = own(cells, 0);
        let total = |path: &[&str]| own[&vec![Choice::path(path), Choice::value("x")]].total();
        assert_eq!((total(&["a"]), total(&["a", "b"]), total(&["a", "b", "c"]), total(&["z"])), (3, 2, 5, 1));
    }
}
