//! Which ids a kick's choices get, and what becomes of the kick.

use smallvec::SmallVec;

use super::{ChoiceTable, Levels, OTHER};
use crate::AxisKind;
use crate::store::{Kick, Part};

/// What becomes of a kick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It counts at its point.
    Lands,
    /// There are too many points: it counts at *other* on its stored and path axes.
    Folds,
    /// A cell of it would overflow: it counts nowhere.
    Dropped,
}

/// The levels of every distinct choice of a part, per axis.
#[derive(Debug)]
pub struct Admitted {
    axes: Vec<Vec<(Levels, bool)>>,
    other: Levels,
    folds: SmallVec<[bool; 8]>,
}

impl Admitted {
    /// Admits the choices of a part to the tables of its axes.
    pub fn new(part: &Part, tables: &mut [ChoiceTable]) -> Admitted {
        let axes =
            part.choices.iter().zip(tables).zip(&part.definition.axes).map(|((choices, table), axis)| {
                choices.iter().map(|choice| table.admit(choice, axis.cap)).collect()
            });
        let folds = part.definition.axes.iter().map(|axis| !matches!(axis.kind, AxisKind::Declared(_)));
        Admitted { axes: axes.collect(), other: Levels::from_slice(&[OTHER]), folds: folds.collect() }
    }

    /// The levels of a kick on each axis.
    pub fn levels<'a>(&'a self, kick: &Kick, fate: Fate) -> SmallVec<[&'a Levels; 8]> {
        let axes = self.axes.iter().zip(&kick.picks).zip(&self.folds);
        let levels = axes.map(|((axis, pick), folds)| match axis.get(*pick as usize) {
            Some((levels, _)) if fate != Fate::Folds || !folds => levels,
            _ => &self.other,
        });
        levels.collect()
    }

    /// True when a choice of the kick had to become *other*.
    pub fn is_folded(&self, kick: &Kick) -> bool {
        let mut axes = self.axes.iter().zip(&kick.picks);
        axes.any(|(axis, pick)| axis.get(*pick as usize).is_some_and(|(_, folded)| *folded))
    }

    /// True when there is an axis that folds.
    pub fn can_fold(&self) -> bool {
        self.folds.contains(&true)
    }
}
