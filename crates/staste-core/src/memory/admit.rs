//! Which ids a kick's choices get, and whether a cap turns them into *other*.

use crate::AxisKind;
use crate::plan::{ChoiceTable, Levels, OTHER};
use crate::store::{Kick, Part};

/// The levels of every distinct choice of a part, per axis, and whether it had to become *other*.
pub(crate) struct Admitted {
    axes: Vec<Vec<(Levels, bool)>>,
    folded: Levels,
    folds: Vec<bool>,
}

impl Admitted {
    /// Admits the choices of a part to the tables of its axes.
    pub(crate) fn new(part: &Part, tables: &mut [ChoiceTable]) -> Admitted {
        let axes =
            part.choices.iter().zip(tables).zip(&part.definition.axes).map(|((choices, table), axis)| {
                choices.iter().map(|choice| table.admit(choice, axis.cap)).collect()
            });
        let folds = part.definition.axes.iter().map(|axis| !matches!(axis.kind, AxisKind::Declared(_)));
        Admitted { axes: axes.collect(), folded: Levels::from_slice(&[OTHER]), folds: folds.collect() }
    }

    /// The levels of a kick on each axis, and whether any was folded.
    pub(crate) fn levels(&self, kick: &Kick) -> (Vec<&Levels>, bool) {
        let mut any = false;
        let levels = self.axes.iter().zip(&kick.picks).map(|(axis, pick)| match axis.get(*pick as usize) {
            Some((levels, folded)) => {
                any |= *folded;
                levels
            }
            None => &self.folded,
        });
        (levels.collect(), any)
    }

    /// The same kick with its stored and path axes at *other*, as for a point past the cap on points.
    pub(crate) fn fold<'a>(&'a self, levels: &mut [&'a Levels]) {
        for (levels, folds) in levels.iter_mut().zip(&self.folds) {
            if *folds {
                *levels = &self.folded;
            }
        }
    }
}
