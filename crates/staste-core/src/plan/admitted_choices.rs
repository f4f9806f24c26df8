//! `AdmittedChoices`: the ids at which the choices of a part are counted.

use std::collections::HashSet;

use smallvec::SmallVec;

use crate::plan::kick_outcome::KickOutcome;
use crate::schema::AxisDefinition;
use crate::store::{ChoiceTable, Kick, Levels, OTHER, Part};

/// Per axis, the levels of every distinct choice of a part.
#[derive(Debug)]
pub(crate) struct AdmittedChoices {
    axes: Vec<Vec<(Levels, bool)>>,
    /// Per axis, the first id that may be new.
    first_new_ids: SmallVec<[u32; 8]>,
    other: Levels,
    folds: SmallVec<[bool; 8]>,
}

impl AdmittedChoices {
    /// Admits the choices of a part to the tables of its axes.
    pub(crate) fn new(part: &Part, tables: &mut [ChoiceTable]) -> AdmittedChoices {
        let first_new_ids = tables.iter().map(ChoiceTable::next_id).collect();
        let axes = part.choices.iter().zip(tables).zip(&part.definition.stored_axes).map(
            |((choices, table), axis)| choices.iter().map(|choice| table.admit(choice, axis.cap)).collect(),
        );
        let folds = part.definition.stored_axes.iter().map(AxisDefinition::folds);
        AdmittedChoices {
            axes: axes.collect(),
            first_new_ids,
            other: Levels::from_slice(&[OTHER]),
            folds: folds.collect(),
        }
    }

    /// Returns the levels of a kick on each axis.
    pub(crate) fn levels<'a>(&'a self, kick: &Kick, outcome: KickOutcome) -> SmallVec<[&'a Levels; 8]> {
        let axes = self.axes.iter().zip(&kick.picks).zip(&self.folds);
        let levels = axes.map(|((axis, pick), folds)| match axis.get(*pick as usize) {
            Some((levels, _)) if outcome != KickOutcome::FoldedToOther || !folds => levels,
            _ => &self.other,
        });
        levels.collect()
    }

    /// Returns true when a cap turned a choice of the kick into *other*.
    pub(crate) fn is_folded(&self, kick: &Kick) -> bool {
        let mut axes = self.axes.iter().zip(&kick.picks);
        axes.any(|(axis, pick)| axis.get(*pick as usize).is_some_and(|(_, folded)| *folded))
    }

    /// Removes new choices at which no kick is counted from the tables, so that they do not count against caps and
    /// are not listed.
    pub(crate) fn prune(&self, kicks: &[Kick], outcomes: &[KickOutcome], tables: &mut [ChoiceTable]) {
        if outcomes.iter().all(|outcome| *outcome == KickOutcome::Counted) {
            return;
        }
        let mut counted: Vec<HashSet<u32>> = vec![HashSet::new(); tables.len()];
        for (kick, outcome) in kicks.iter().zip(outcomes) {
            if *outcome != KickOutcome::Dropped {
                for (counted, levels) in counted.iter_mut().zip(self.levels(kick, *outcome)) {
                    counted.extend(levels);
                }
            }
        }
        for ((table, first), counted) in tables.iter_mut().zip(&self.first_new_ids).zip(&counted) {
            table.retain_from(*first, |id| counted.contains(&id));
        }
    }

    /// Returns per axis the first id that may be new.
    pub(crate) fn first_new_ids(&self) -> &[u32] {
        &self.first_new_ids
    }

    /// Returns true when an axis can fold to *other*.
    pub(crate) fn can_fold(&self) -> bool {
        self.folds.contains(&true)
    }
}
