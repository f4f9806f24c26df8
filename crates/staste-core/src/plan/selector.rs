//! `Selector`: the selection of a question in terms of ids: which points match, and their group.

use crate::store::{ALL, ChoiceTable, OTHER, Question, Select};

/// The condition on the id of a point on one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisSelector {
    /// This id.
    Is(u32),
    /// This id or one below it.
    Under(u32),
    /// An id directly below this one, or this one unless it is the root; grouped by.
    Each(u32),
    /// An id anywhere below this one; grouped by the child of this id that it belongs to.
    EachBelow(u32),
    /// Any id but ALL; not grouped by.
    Sum,
    /// Any id; grouped by.
    Any,
    /// No id: the choice was never counted.
    Nothing,
}

/// The conditions on all axes.
#[derive(Clone, Debug)]
pub struct Selector {
    /// The condition on each axis.
    pub axes: Vec<AxisSelector>,
}

impl Selector {
    /// Looks up the choices of a question.
    pub fn new(question: &Question, tables: &[ChoiceTable]) -> Selector {
        let axes = question.select.iter().zip(tables).zip(&question.definition.stored_axes);
        let axes = axes.map(|((select, table), axis)| {
            let is_path = axis.is_path();
            match select {
                Select::All => AxisSelector::Is(ALL),
                Select::Sum => AxisSelector::Sum,
                Select::Any => AxisSelector::Any,
                Select::Is(choice) => match table.id(choice) {
                    Some(id) if question.scan && is_path => AxisSelector::Under(id),
                    Some(id) => AxisSelector::Is(id),
                    None => AxisSelector::Nothing,
                },
                Select::Each(above) => match table.id(above) {
                    Some(id) if question.scan && is_path => AxisSelector::EachBelow(id),
                    Some(id) => AxisSelector::Each(id),
                    None => AxisSelector::Nothing,
                },
            }
        });
        Selector { axes: axes.collect() }
    }

    /// Returns per axis the ids that a matching point can have; none for an axis on which any id may match.
    pub fn candidates<'s>(
        &'s self,
        tables: &'s [ChoiceTable],
    ) -> impl Iterator<Item = Option<Vec<u32>>> + 's {
        self.axes.iter().zip(tables).map(|(axis, table)| match axis {
            AxisSelector::Is(id) => Some(vec![*id]),
            AxisSelector::Each(above) => Some(table.child_ids(*above)),
            AxisSelector::Nothing => Some(Vec::new()),
            _ => None,
        })
    }

    /// Returns true when no point can match.
    pub fn is_nothing(&self) -> bool {
        self.axes.contains(&AxisSelector::Nothing)
    }

    /// Writes the group of a point into `group` and returns true when the point matches.
    pub fn group(&self, tables: &[ChoiceTable], point: &[u32], group: &mut Vec<u32>) -> bool {
        group.clear();
        self.axes.iter().zip(tables).zip(point).all(|((axis, table), id)| match axis {
            AxisSelector::Is(wanted) => wanted == id,
            AxisSelector::Sum => *id != ALL,
            AxisSelector::Under(above) => {
                *id != ALL
                    && (id == above
                        || table.child_toward(*above, *id).is_some_and(|child| *id > OTHER && child != ALL))
            }
            AxisSelector::Each(above) => {
                let matches = *id != ALL && (table.parent(*id) == *above || id == above);
                group.push(*id);
                matches
            }
            AxisSelector::EachBelow(above) => match table.child_toward(*above, *id) {
                Some(child) if *id != ALL => {
                    group.push(child);
                    true
                }
                _ => false,
            },
            AxisSelector::Any => {
                group.push(*id);
                true
            }
            AxisSelector::Nothing => false,
        })
    }
}
