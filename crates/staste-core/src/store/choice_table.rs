//! `ChoiceTable`: the choices of one axis and the small integer ids that they are stored under.
//!
//! A table mirrors what a Store holds: the Store loads it in order of the ids, and writes what `admit` adds in the same
//! transaction, or truncates the table when that transaction is rolled back. On a path axis the ids form a tree: each
//! id has a parent, 0 at the root.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::schema::{AxisDefinition, Choice, MAX_PATH_DEPTH};

/// The id of ALL on every axis.
pub const ALL: u32 = 0;
/// The id of *unset* on every axis.
pub const UNSET: u32 = 1;
/// The id of *other* on every axis.
pub const OTHER: u32 = 2;
/// The id of the first value.
pub const FIRST_VALUE: u32 = 3;

/// Maximum number of ids of an axis without a choice, such as those of forgotten choices.
const MAX_EMPTY_IDS: usize = 1 << 20;

/// The ids at which a choice is counted in addition to ALL: one, or for a path one per prefix.
pub type Levels = SmallVec<[u32; 1]>;

/// The stored form of a choice: its parent (0 except on path axes) and its text; none for *other*.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChoiceEntry {
    /// The id of the path above it, 0 for none.
    pub parent: u32,
    /// The value, or the last component of the path.
    pub text: Option<Arc<str>>,
}

/// The choices of one axis, by id and by text.
#[derive(Clone, Debug, Default)]
pub struct ChoiceTable {
    entries: Vec<Option<ChoiceEntry>>,
    ids: HashMap<ChoiceEntry, u32, foldhash::fast::RandomState>,
    depths: Vec<u32>,
    /// Number of values at each depth, without *other*.
    filled: Vec<u32>,
    pub(super) is_path: bool,
}

impl ChoiceTable {
    /// Creates the table of an axis without stored choices. Declared choices are admitted at once.
    pub fn new(axis: &AxisDefinition) -> ChoiceTable {
        let mut table = ChoiceTable::empty(axis);
        table.declare(axis);
        table
    }

    /// Creates the table of an axis whose declared choices are stored, and added, like all others.
    pub fn empty(axis: &AxisDefinition) -> ChoiceTable {
        ChoiceTable { is_path: axis.is_path(), ..ChoiceTable::default() }
    }

    /// Admits the declared choices that are not in the table yet.
    pub fn declare(&mut self, axis: &AxisDefinition) {
        for text in axis.declared().unwrap_or_default() {
            self.intern(ChoiceEntry { parent: ALL, text: Some(Arc::clone(text)) }, u32::MAX);
        }
    }

    /// Returns the id of the next new choice.
    pub fn next_id(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX).saturating_add(FIRST_VALUE)
    }

    /// Returns the stored form of every choice from `id` on.
    pub fn entries_from(&self, id: u32) -> impl Iterator<Item = (u32, &ChoiceEntry)> {
        let skip = id.saturating_sub(FIRST_VALUE);
        (skip + FIRST_VALUE..)
            .zip(self.entries.iter().skip(skip as usize))
            .filter_map(|(id, entry)| Some((id, entry.as_ref()?)))
    }

    /// Inserts a stored choice at its id. Skipped ids stay empty, like those of forgotten choices. An id that has a
    /// choice keeps it.
    ///
    /// ```
    /// use staste_core::store::{ChoiceTable, ChoiceEntry, FIRST_VALUE};
    /// let mut table = ChoiceTable::default();
    /// let girl = ChoiceEntry { parent: 0, text: Some("girl".into()) };
    /// table.load(FIRST_VALUE, girl.clone()).unwrap();
    /// assert!(table.load(4_000_000_000, girl).unwrap_err().contains("far beyond"));
    /// ```
    ///
    /// # Errors
    /// A message when the id or the parent is impossible. Memory grows with the largest id and paths are followed from
    /// parent to parent, so that stored data must be validated.
    pub fn load(&mut self, id: u32, entry: ChoiceEntry) -> Result<(), String> {
        let Some(index) = id.checked_sub(FIRST_VALUE) else {
            return Err(format!("invalid id {id}: ids of values begin at {FIRST_VALUE}"));
        };
        if id < self.next_id() {
            return Ok(());
        }
        let known = self.ids.len();
        if (index as usize).saturating_sub(known) > MAX_EMPTY_IDS {
            return Err(format!("invalid id {id}: far beyond the {known} choices before it"));
        }
        let ChoiceEntry { parent, text } = &entry;
        if *parent == ALL && text.is_none() {
            return Err("it has no text".to_owned());
        }
        if *parent != ALL && !self.is_path {
            return Err(format!("it has the parent {parent}, but the axis has no paths"));
        }
        if *parent != ALL && self.entry(*parent).is_none() {
            return Err(format!("it has the parent {parent}, which no choice before it has"));
        }
        if self.depth(*parent) as usize > MAX_PATH_DEPTH {
            return Err(format!("it is a path of more than {MAX_PATH_DEPTH} components"));
        }
        while self.next_id() < id {
            self.entries.push(None);
            self.depths.push(0);
        }
        self.push(entry);
        Ok(())
    }

    /// Removes every choice from `id` on, as after a rollback.
    pub fn truncate(&mut self, id: u32) {
        while self.next_id() > id.max(FIRST_VALUE) {
            let depth = self.depths.pop().unwrap_or(0);
            if let Some(Some(entry)) = self.entries.pop() {
                if entry.text.is_some() {
                    *self.filled_at(depth) -= 1;
                }
                self.ids.remove(&entry);
            }
        }
    }

    /// Removes the choices from `id` on for which `keep` returns false. Trailing ids without a choice are free again.
    pub fn retain_from(&mut self, id: u32, keep: impl Fn(u32) -> bool) {
        let removed: Vec<u32> =
            self.entries_from(id.max(FIRST_VALUE)).map(|(id, _)| id).filter(|id| !keep(*id)).collect();
        for id in removed {
            self.remove_entry(id);
        }
        while self.next_id() > id.max(FIRST_VALUE) && self.entries.last().is_some_and(Option::is_none) {
            self.entries.pop();
            self.depths.pop();
        }
    }

    /// Returns the ids at which a choice is counted. A new choice gets an id while the axis has fewer than `cap`
    /// choices, per level on a path axis; beyond the cap it becomes *other*, and the second part of the result is true.
    pub fn admit(&mut self, choice: &Choice, cap: u32) -> (Levels, bool) {
        match choice {
            Choice::All => (Levels::from_slice(&[ALL]), false),
            Choice::Unset => (Levels::from_slice(&[UNSET]), false),
            Choice::Other => (Levels::from_slice(&[OTHER]), false),
            Choice::Value(text) => {
                let id = self.intern(ChoiceEntry { parent: ALL, text: Some(Arc::clone(text)) }, cap);
                (Levels::from_slice(&[id.unwrap_or(OTHER)]), id.is_none())
            }
            Choice::Path(path) => {
                let mut levels = Levels::new();
                let mut parent = ALL;
                for text in path.components() {
                    match self.intern(ChoiceEntry { parent, text: Some(Arc::clone(text)) }, cap) {
                        Some(id) => {
                            levels.push(id);
                            parent = id;
                        }
                        None => {
                            levels.push(self.other_below(parent));
                            return (levels, true);
                        }
                    }
                }
                if path.is_other() {
                    levels.push(self.other_below(parent));
                }
                (levels, false)
            }
        }
    }

    /// Returns the id of a known choice; for a path, the id of its last component.
    pub fn id(&self, choice: &Choice) -> Option<u32> {
        match choice {
            Choice::All => Some(ALL),
            Choice::Unset => Some(UNSET),
            Choice::Other => Some(OTHER),
            Choice::Value(text) => {
                self.ids.get(&ChoiceEntry { parent: ALL, text: Some(Arc::clone(text)) }).copied()
            }
            Choice::Path(path) => {
                let mut id = ALL;
                for text in path.components() {
                    id = *self.ids.get(&ChoiceEntry { parent: id, text: Some(Arc::clone(text)) })?;
                }
                if path.is_other() {
                    self.ids.get(&ChoiceEntry { parent: id, text: None }).copied()
                } else {
                    Some(id)
                }
            }
        }
    }

    /// Returns true for the id of a choice, and for ALL, *unset* and *other*.
    pub fn has(&self, id: u32) -> bool {
        id < FIRST_VALUE || self.entry(id).is_some()
    }

    /// Returns the id of *other* on the level of a choice: that of the axis, or the one below the same parent path.
    pub fn sibling_other(&mut self, id: u32) -> u32 {
        self.other_below(self.parent(id))
    }

    /// Returns the same id, if [`ChoiceTable::sibling_other`] has added it before; else that of the axis.
    pub fn other_next_to(&self, id: u32) -> u32 {
        let other = ChoiceEntry { parent: self.parent(id), text: None };
        self.ids.get(&other).copied().unwrap_or(OTHER)
    }

    /// Removes choices and everything below them; returns their ids, ascending. They count against the cap no longer,
    /// but ids are not used again.
    pub fn remove(&mut self, ids: &HashSet<u32>) -> Vec<u32> {
        let mut below: HashSet<u32> = HashSet::new();
        let mut removed = Vec::new();
        // The id of a path is lower than the ids below it.
        for (id, entry) in self.entries_from(FIRST_VALUE) {
            if ids.contains(&id) || below.contains(&entry.parent) {
                below.insert(id);
                removed.push(id);
            }
        }
        removed.iter().for_each(|id| self.remove_entry(*id));
        removed
    }

    fn remove_entry(&mut self, id: u32) {
        let depth = self.depth(id);
        let entry = id.checked_sub(FIRST_VALUE).and_then(|index| self.entries.get_mut(index as usize));
        if let Some(entry) = entry.and_then(Option::take) {
            if entry.text.is_some() {
                *self.filled_at(depth) -= 1;
            }
            self.ids.remove(&entry);
        }
    }

    /// Returns every known choice in order of first appearance.
    pub fn known(&self) -> Vec<Choice> {
        self.entries_from(FIRST_VALUE)
            .filter(|(_, entry)| entry.text.is_some())
            .map(|(id, _)| self.choice(id))
            .collect()
    }

    /// Returns the number of known choices, *other* below paths included.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Returns true when no choice is known.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn entry(&self, id: u32) -> Option<&ChoiceEntry> {
        self.entries.get(id.checked_sub(FIRST_VALUE)? as usize)?.as_ref()
    }

    fn depth(&self, id: u32) -> u32 {
        id.checked_sub(FIRST_VALUE).and_then(|index| self.depths.get(index as usize)).copied().unwrap_or(0)
    }

    fn filled_at(&mut self, depth: u32) -> &mut u32 {
        let depth = depth as usize;
        if self.filled.len() <= depth {
            self.filled.resize(depth + 1, 0);
        }
        // The resize above made room for this depth.
        self.filled.get_mut(depth).expect("depth is within the resized list")
    }

    fn intern(&mut self, entry: ChoiceEntry, cap: u32) -> Option<u32> {
        if let Some(id) = self.ids.get(&entry) {
            return Some(*id);
        }
        let depth = self.depth(entry.parent) + 1;
        if entry.text.is_some() && *self.filled_at(depth) >= cap {
            return None;
        }
        Some(self.push(entry))
    }

    fn other_below(&mut self, parent: u32) -> u32 {
        if parent == ALL {
            OTHER
        } else {
            self.intern(ChoiceEntry { parent, text: None }, u32::MAX).unwrap_or(OTHER)
        }
    }

    fn push(&mut self, entry: ChoiceEntry) -> u32 {
        let (id, depth) = (self.next_id(), self.depth(entry.parent) + 1);
        if entry.text.is_some() {
            *self.filled_at(depth) += 1;
        }
        self.ids.insert(entry.clone(), id);
        self.entries.push(Some(entry));
        self.depths.push(depth);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Axis;

    fn table(axis: &Axis) -> ChoiceTable {
        ChoiceTable::new(&axis.named("axis").unwrap())
    }

    #[test]
    fn value_beyond_cap_becomes_other_and_known_values_stay() {
        let mut table = table(&Axis::stored());
        for text in ["a", "b"] {
            assert!(!table.admit(&Choice::value(text), 2).1);
        }
        assert_eq!(table.admit(&Choice::value("c"), 2), (Levels::from_slice(&[OTHER]), true));
        assert_eq!(table.admit(&Choice::value("a"), 2).0.as_slice(), [FIRST_VALUE]);
        assert_eq!(table.known(), [Choice::value("a"), Choice::value("b")]);
    }

    #[test]
    fn truncate_removes_new_choices() {
        let mut table = table(&Axis::path());
        table.admit(&Choice::path(["x", "y"]), 9);
        let (mark, before) = (table.next_id(), table.clone());
        table.admit(&Choice::path(["x", "z", "w"]), 9);
        table.truncate(mark);
        assert_eq!(table.known(), before.known());
        assert_eq!(table.filled.iter().sum::<u32>(), 2);
        assert_eq!(table.id(&Choice::path(["x", "z"])), None);
    }

    #[test]
    fn loading_choice_with_impossible_id_or_parent_fails() {
        let entry = |parent, text: Option<&str>| ChoiceEntry { parent, text: text.map(Into::into) };
        let mut paths = table(&Axis::path());
        for id in 3..20 {
            paths.load(id, entry(if id == 3 { ALL } else { id - 1 }, Some("x"))).unwrap();
        }
        let mut values = table(&Axis::stored());
        values.load(3, entry(ALL, Some("x"))).unwrap();
        values.load(3 + (1 << 20), entry(ALL, Some("y"))).unwrap();
        for (id, parent, text, why) in [
            (u32::MAX, ALL, Some("z"), "far beyond"),
            (6 + (1 << 20), ALL, Some("z"), "far beyond"),
            (OTHER, ALL, Some("z"), "ids of values begin"),
            (4 + (1 << 20), 3, Some("z"), "no paths"),
            (4 + (1 << 20), ALL, None, "no text"),
        ] {
            let (before, error) = (values.next_id(), values.load(id, entry(parent, text)).unwrap_err());
            assert!(error.contains(why) && values.next_id() == before, "{error}");
        }
        for (parent, why) in
            [(20, "no choice before"), (21, "no choice before"), (UNSET, "no choice"), (19, "more than 16")]
        {
            let error = paths.load(20, entry(parent, Some("x"))).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        paths.load(20, entry(18, None)).unwrap();
        assert_eq!(paths.known().len(), 17);
    }

    #[test]
    fn path_is_counted_at_every_prefix_and_folds_per_level() {
        let mut table = table(&Axis::path());
        let (levels, folded) = table.admit(&Choice::path(["x", "y"]), 1);
        assert_eq!((levels.len(), folded), (2, false));
        let (levels, folded) = table.admit(&Choice::path(["x", "z", "q"]), 1);
        assert!(folded);
        let formatted = table.choice(*levels.last().unwrap());
        assert_eq!(formatted.to_string(), "x/(other)");
        assert_eq!(table.id(&formatted), levels.last().copied());
        assert_eq!(table.admit(&Choice::path(["w"]), 1).0.as_slice(), [OTHER]);
        let x = table.id(&Choice::path(["x"])).unwrap();
        assert_eq!(table.child_toward(x, *levels.last().unwrap()), levels.last().copied());
        assert_eq!(table.child_toward(ALL, *levels.last().unwrap()), Some(x));
    }
}
