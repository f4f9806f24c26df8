//! Which ids a kick's choices get, and what becomes of the kick.

use std::collections::HashSet;

use smallvec::SmallVec;

use crate::schema::AxisKind;
use crate::store::{ChoiceTable, Levels, OTHER};
use crate::store::{Kick, Part};

/// What becomes of a kick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KickOutcome {
    /// It counts at its point.
    Counted,
    /// There are too many points: it counts at *other* on its stored and path axes.
    FoldedToOther,
    /// A cell of it would overflow: it counts nowhere.
    Dropped,
}

/// The levels of every distinct choice of a part, per axis.
#[derive(Debug)]
pub struct Admitted {
    axes: Vec<Vec<(Levels, bool)>>,
    /// Per axis the first id that was new.
    firsts: SmallVec<[u32; 8]>,
    other: Levels,
    folds: SmallVec<[bool; 8]>,
}

impl Admitted {
    /// Admits the choices of a part to the tables of its axes.
    pub fn new(part: &Part, tables: &mut [ChoiceTable]) -> Admitted {
        let firsts = tables.iter().map(ChoiceTable::next_id).collect();
        let axes =
            part.choices.iter().zip(tables).zip(&part.definition.axes).map(|((choices, table), axis)| {
                choices.iter().map(|choice| table.admit(choice, axis.cap)).collect()
            });
        let folds = part.definition.axes.iter().map(|axis| !matches!(axis.kind, AxisKind::Declared(_)));
        Admitted { axes: axes.collect(), firsts, other: Levels::from_slice(&[OTHER]), folds: folds.collect() }
    }

    /// The levels of a kick on each axis.
    pub fn levels<'a>(&'a self, kick: &Kick, fate: KickOutcome) -> SmallVec<[&'a Levels; 8]> {
        let axes = self.axes.iter().zip(&kick.picks).zip(&self.folds);
        let levels = axes.map(|((axis, pick), folds)| match axis.get(*pick as usize) {
            Some((levels, _)) if fate != KickOutcome::FoldedToOther || !folds => levels,
            _ => &self.other,
        });
        levels.collect()
    }

    /// True when a choice of the kick had to become *other*.
    pub fn is_folded(&self, kick: &Kick) -> bool {
        let mut axes = self.axes.iter().zip(&kick.picks);
        axes.any(|(axis, pick)| axis.get(*pick as usize).is_some_and(|(_, folded)| *folded))
    }

    /// Takes choices out again that were new and at which no kick landed, so that they take no place and
    /// are not listed.
    pub fn prune(&self, kicks: &[Kick], fates: &[KickOutcome], tables: &mut [ChoiceTable]) {
        if fates.iter().all(|fate| *fate == KickOutcome::Counted) {
            return;
        }
        let mut landed: Vec<HashSet<u32>> = vec![HashSet::new(); tables.len()];
        for (kick, fate) in kicks.iter().zip(fates) {
            if *fate != KickOutcome::Dropped {
                for (landed, levels) in landed.iter_mut().zip(self.levels(kick, *fate)) {
                    landed.extend(levels);
                }
            }
        }
        for ((table, first), landed) in tables.iter_mut().zip(&self.firsts).zip(&landed) {
            table.retain_from(*first, |id| landed.contains(&id));
        }
    }

    /// The first id of each axis that was new.
    pub fn firsts(&self) -> &[u32] {
        &self.firsts
    }

    /// True when there is an axis that folds.
    pub fn can_fold(&self) -> bool {
        self.folds.contains(&true)
    }
}
