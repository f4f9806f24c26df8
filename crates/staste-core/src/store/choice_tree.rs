//! Lookups in a choice table by id: the choice itself, the path above it, the choices below it.

use std::sync::Arc;

use crate::schema::Choice;
use crate::store::choice_table::{ALL, ChoiceTable, FIRST_VALUE, OTHER, UNSET};

impl ChoiceTable {
    /// Returns the choice of an id; *other* for the id of a forgotten choice.
    pub fn choice(&self, id: u32) -> Choice {
        match id {
            ALL => return Choice::All,
            UNSET => return Choice::Unset,
            OTHER => return Choice::Other,
            _ => {}
        }
        if !self.is_path {
            let text = self.entry(id).and_then(|entry| entry.text.clone());
            return text.map_or(Choice::Other, Choice::Value);
        }
        let (mut components, mut other, mut at) = (Vec::new(), false, id);
        while let Some(entry) = self.entry(at) {
            match &entry.text {
                Some(text) => components.push(Arc::clone(text)),
                None => other = true,
            }
            at = entry.parent;
        }
        components.reverse();
        Choice::from_components(components, other || at != ALL)
    }

    /// Returns the id of the path above; ALL for a path of one component and on other axes.
    pub fn parent(&self, id: u32) -> u32 {
        self.entry(id).map_or(ALL, |entry| entry.parent)
    }

    /// Returns the child of `above` on the way to `id`, which may be `id` itself; `above` when both are the same, and
    /// none when `id` is not below `above`.
    pub fn child_toward(&self, above: u32, id: u32) -> Option<u32> {
        let mut at = id;
        loop {
            let parent = self.parent(at);
            if parent == above || at == above {
                return Some(at);
            }
            if parent == ALL {
                return None;
            }
            at = parent;
        }
    }

    /// Returns the known choices directly below a path (below ALL, those of the first level) in order of first
    /// appearance, without *unset* and *other*.
    pub fn children(&self, above: &Choice) -> Vec<Choice> {
        let Some(above) = self.id(above) else { return Vec::new() };
        self.entries_from(FIRST_VALUE)
            .filter(|(_, entry)| entry.parent == above && entry.text.is_some())
            .map(|(id, _)| self.choice(id))
            .collect()
    }

    /// Returns the ids directly below a path (below ALL, those of the first level), with those of *unset* and *other*.
    pub fn child_ids(&self, above: u32) -> Vec<u32> {
        let special = if above == ALL { vec![UNSET, OTHER] } else { vec![above] };
        let children = self.entries_from(FIRST_VALUE).filter(|(_, entry)| entry.parent == above);
        special.into_iter().chain(children.map(|(id, _)| id)).collect()
    }
}
