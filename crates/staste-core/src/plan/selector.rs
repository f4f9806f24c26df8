//! A question's selection in terms of ids: which points belong, and to which group.

use crate::schema::AxisKind;
use crate::store::{ALL, ChoiceTable, OTHER, Question, Select};

/// What a point must have on one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisSelector {
    /// This id.
    Is(u32),
    /// This id or one below it.
    Under(u32),
    /// Directly below this id, or the id itself when it is not the root; grouped by.
    Each(u32),
    /// Anywhere below this id; grouped by the child it lies in.
    EachBelow(u32),
    /// Anything but ALL; not grouped by.
    Sum,
    /// Anything; grouped by.
    Any,
    /// A choice that was never seen: no point.
    Nothing,
}

/// The selection of all axes.
#[derive(Clone, Debug)]
pub struct Selector {
    /// Per axis, what a point must have.
    pub axes: Vec<AxisSelector>,
}

impl Selector {
    /// Looks the choices of a question up.
    pub fn new(question: &Question, tables: &[ChoiceTable]) -> Selector {
        let axes = question.select.iter().zip(tables).zip(&question.definition.axes);
        let axes = axes.map(|((select, table), axis)| {
            let is_path = axis.kind == AxisKind::Path;
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

    /// Per axis, the ids that a matching point can have; none for an axis on which any id may match.
    pub fn candidates<'s>(
        &'s self,
        tables: &'s [ChoiceTable],
    ) -> impl Iterator<Item = Option<Vec<u32>>> + 's {
        self.axes.iter().zip(tables).map(|(axis, table)| match axis {
            AxisSelector::Is(id) => Some(vec![*id]),
            AxisSelector::Each(above) => Some(table.ids_under(*above)),
            AxisSelector::Nothing => Some(Vec::new()),
            _ => None,
        })
    }

    /// True when no point can match.
    pub fn is_nothing(&self) -> bool {
        self.axes.contains(&AxisSelector::Nothing)
    }

    /// Writes the group of a point into `group` and tells whether it belongs.
    pub fn group(&self, tables: &[ChoiceTable], point: &[u32], group: &mut Vec<u32>) -> bool {
        group.clear();
        self.axes.iter().zip(tables).zip(point).all(|((axis, table), id)| match axis {
            AxisSelector::Is(wanted) => wanted == id,
            AxisSelector::Sum => *id != ALL,
            AxisSelector::Under(above) => {
                *id != ALL
                    && (id == above
                        || table.below(*above, *id).is_some_and(|child| *id > OTHER && child != ALL))
            }
            AxisSelector::Each(above) => {
                let belongs = *id != ALL && (table.parent(*id) == *above || id == above);
                group.push(*id);
                belongs
            }
            AxisSelector::EachBelow(above) => match table.below(*above, *id) {
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
