//! `ErasedIds`: the choices of one axis whose kicks are removed, as ids.

use std::collections::HashSet;

use crate::store::{ALL, ChoiceTable, FIRST_VALUE};

/// Ids of an axis. On a path axis an id stands for everything below it too; no id of the set is below another.
#[derive(Clone, Debug, Default)]
pub(crate) struct ErasedIds(HashSet<u32>);

impl ErasedIds {
    /// Creates the set, without ids that are below another.
    pub(crate) fn new(ids: HashSet<u32>, table: &ChoiceTable) -> ErasedIds {
        let all = ErasedIds(ids);
        let topmost = all.0.iter().copied().filter(|id| all.at_or_above(table.parent(*id), table).is_none());
        ErasedIds(topmost.collect())
    }

    /// Returns true for an id of the set itself.
    pub(crate) fn contains(&self, id: u32) -> bool {
        self.0.contains(&id)
    }

    /// Returns the id of the set that is `id` or above it.
    pub(crate) fn at_or_above(&self, id: u32, table: &ChoiceTable) -> Option<u32> {
        let mut at = id;
        while at != ALL && !self.contains(at) {
            at = table.parent(at);
        }
        (at != ALL).then_some(at)
    }

    /// Returns the only id, if there is one only.
    pub(crate) fn only(&self) -> Option<u32> {
        let mut ids = self.0.iter();
        ids.next().copied().filter(|_| ids.next().is_none())
    }

    /// Returns the ids of values, ascending.
    pub(crate) fn values(&self) -> impl Iterator<Item = u32> {
        let mut values: Vec<u32> = self.0.iter().copied().filter(|id| *id >= FIRST_VALUE).collect();
        values.sort_unstable();
        values.into_iter()
    }
}
