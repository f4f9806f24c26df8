//! The choices of one axis with the small numbers they are stored under.
//!
//! A table mirrors what a Store holds: it is loaded in order of the ids, and what `admit` adds is
//! written by the Store in the same transaction, or cut off again when that is rolled back. A path
//! axis is a tree: each id has a parent, 0 at the root.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::schema::{AxisDefinition, AxisKind, Choice, MAX_PATH_DEPTH};

/// The id of ALL on every axis.
pub const ALL: u32 = 0;
/// The id of *unset* on every axis.
pub const UNSET: u32 = 1;
/// The id of *other* on every axis.
pub const OTHER: u32 = 2;
/// The id of the first value.
pub const FIRST_VALUE: u32 = 3;

/// So many ids of an axis may have no choice: those of choices that were forgotten.
const MAX_EMPTY_IDS: usize = 1 << 20;

/// The ids at which a choice counts beside ALL: one, or for a path one for each of its prefixes.
pub type Levels = SmallVec<[u32; 1]>;

/// A choice as it is stored: its parent (0 except on path axes) and its text; no text is *other*.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The id of the path above it, or 0.
    pub parent: u32,
    /// The text of the value or the path's last component.
    pub text: Option<Arc<str>>,
}

/// The choices of one axis, by id and by text.
#[derive(Clone, Debug, Default)]
pub struct ChoiceTable {
    entries: Vec<Option<Entry>>,
    ids: HashMap<Entry, u32, foldhash::fast::RandomState>,
    depths: Vec<u32>,
    /// How many values there are at each depth; *other* does not count.
    filled: Vec<u32>,
    is_path: bool,
}

impl ChoiceTable {
    /// The empty table of an axis: declared choices are admitted at once.
    pub fn new(axis: &AxisDefinition) -> ChoiceTable {
        let mut table = ChoiceTable { is_path: axis.kind == AxisKind::Path, ..ChoiceTable::default() };
        table.declare(axis);
        table
    }

    /// Admits the declared choices that are not in the table yet.
    pub fn declare(&mut self, axis: &AxisDefinition) {
        if let AxisKind::Declared(choices) = &axis.kind {
            for text in choices {
                self.intern(Entry { parent: ALL, text: Some(Arc::clone(text)) }, u32::MAX);
            }
        }
    }

    /// The id the next new choice gets.
    pub fn next_id(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX).saturating_add(FIRST_VALUE)
    }

    /// The stored form of every choice from `id` on.
    pub fn entries_from(&self, id: u32) -> impl Iterator<Item = (u32, &Entry)> {
        let skip = id.saturating_sub(FIRST_VALUE);
        (skip + FIRST_VALUE..)
            .zip(self.entries.iter().skip(skip as usize))
            .filter_map(|(id, entry)| Some((id, entry.as_ref()?)))
    }

    /// Puts a stored choice in its place; ids between are left empty, as by choices forgotten. One that is there already
    /// stays.
    ///
    /// ```
    /// use staste_core::store::{ChoiceTable, Entry, FIRST_VALUE};
    /// let mut table = ChoiceTable::default();
    /// let girl = Entry { parent: 0, text: Some("girl".into()) };
    /// table.load(FIRST_VALUE, girl.clone()).unwrap();
    /// assert!(table.load(4_000_000_000, girl).unwrap_err().contains("far beyond"));
    /// ```
    ///
    /// # Errors
    /// In words, where the table of an axis has no such place: memory is as large as the largest id, and paths are
    /// followed from parent to parent, so that what was stored by others must not be taken at its word.
    pub fn load(&mut self, id: u32, entry: Entry) -> Result<(), String> {
        let Some(place) = id.checked_sub(FIRST_VALUE) else {
            return Err(format!("the id {id} stands for no value, as ids begin at {FIRST_VALUE}"));
        };
        if id < self.next_id() {
            return Ok(());
        }
        let known = self.ids.len();
        if (place as usize).saturating_sub(known) > MAX_EMPTY_IDS {
            return Err(format!("the id {id} is far beyond the {known} choices before it"));
        }
        let Entry { parent, text } = &entry;
        if *parent == ALL && text.is_none() {
            return Err("it has no text".to_owned());
        }
        if *parent != ALL && !self.is_path {
            return Err(format!("it is below the id {parent}, on an axis that has no paths"));
        }
        if *parent != ALL && self.entry(*parent).is_none() {
            return Err(format!("it is below the id {parent}, which no choice before it has"));
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

    /// Takes back every choice from `id` on, as after a rollback.
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

    /// Keeps of the choices from `id` on only those that are wanted; where they end, ids are free again.
    pub fn retain_from(&mut self, id: u32, wanted: impl Fn(u32) -> bool) {
        let unwanted: Vec<u32> =
            self.entries_from(id.max(FIRST_VALUE)).map(|(id, _)| id).filter(|id| !wanted(*id)).collect();
        for id in unwanted {
            self.take_out(id);
        }
        while self.next_id() > id.max(FIRST_VALUE) && self.entries.last().is_some_and(Option::is_none) {
            self.entries.pop();
            self.depths.pop();
        }
    }

    /// The ids of a choice, new ones included while the axis keeps fewer than `cap`; past it *other*.
    /// The second part is true when it had to become *other*.
    pub fn admit(&mut self, choice: &Choice, cap: u32) -> (Levels, bool) {
        match choice {
            Choice::All => (Levels::from_slice(&[ALL]), false),
            Choice::Unset => (Levels::from_slice(&[UNSET]), false),
            Choice::Other => (Levels::from_slice(&[OTHER]), false),
            Choice::Value(text) => {
                let id = self.intern(Entry { parent: ALL, text: Some(Arc::clone(text)) }, cap);
                (Levels::from_slice(&[id.unwrap_or(OTHER)]), id.is_none())
            }
            Choice::Path(path) => {
                let mut levels = Levels::new();
                let mut parent = ALL;
                for text in path.components() {
                    match self.intern(Entry { parent, text: Some(Arc::clone(text)) }, cap) {
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

    /// The id of a choice that is known: of a path, the id of its last component.
    pub fn id(&self, choice: &Choice) -> Option<u32> {
        match choice {
            Choice::All => Some(ALL),
            Choice::Unset => Some(UNSET),
            Choice::Other => Some(OTHER),
            Choice::Value(text) => {
                self.ids.get(&Entry { parent: ALL, text: Some(Arc::clone(text)) }).copied()
            }
            Choice::Path(path) => {
                let mut id = ALL;
                for text in path.components() {
                    id = *self.ids.get(&Entry { parent: id, text: Some(Arc::clone(text)) })?;
                }
                if path.is_other() {
                    self.ids.get(&Entry { parent: id, text: None }).copied()
                } else {
                    Some(id)
                }
            }
        }
    }

    /// True for an id that a choice has, and for those that every axis has.
    pub fn has(&self, id: u32) -> bool {
        id < FIRST_VALUE || self.entry(id).is_some()
    }

    /// The choice of an id; one that was forgotten meanwhile reads as *other*.
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

    /// The id of the path above; ALL at the root and on other axes.
    pub fn parent(&self, id: u32) -> u32 {
        self.entry(id).map_or(ALL, |entry| entry.parent)
    }

    /// The child of `above` that `id` lies at or below, or `above` itself when they are the same.
    pub fn below(&self, above: u32, id: u32) -> Option<u32> {
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

    /// The known choices directly below a path (or the root, at ALL), first seen first; *unset* and
    /// *other* are not among them.
    pub fn known_under(&self, above: &Choice) -> Vec<Choice> {
        let Some(above) = self.id(above) else { return Vec::new() };
        let children = self.entries_from(FIRST_VALUE);
        children
            .filter(|(_, entry)| entry.parent == above && entry.text.is_some())
            .map(|(id, _)| self.choice(id))
            .collect()
    }

    /// The ids directly below a path (or the root, at ALL), of *unset* and *other* too.
    pub fn ids_under(&self, above: u32) -> Vec<u32> {
        let own = if above == ALL { vec![UNSET, OTHER] } else { vec![above] };
        let children = self.entries_from(FIRST_VALUE).filter(|(_, entry)| entry.parent == above);
        own.into_iter().chain(children.map(|(id, _)| id)).collect()
    }

    /// Returns the id of the *other* on the level of a choice: that of its axis, or the one below the path above it.
    pub fn sibling_other(&mut self, id: u32) -> u32 {
        self.other_below(self.parent(id))
    }

    /// Takes a choice and everything below it out; its place is free again, its id is not.
    pub fn remove(&mut self, id: u32) -> Vec<u32> {
        let below: Vec<u32> = self
            .entries_from(FIRST_VALUE)
            .map(|(other, _)| other)
            .filter(|other| *other == id || self.below(id, *other).is_some())
            .collect();
        below.iter().for_each(|id| self.take_out(*id));
        below
    }

    fn take_out(&mut self, id: u32) {
        let depth = self.depth(id);
        let place = id.checked_sub(FIRST_VALUE).and_then(|index| self.entries.get_mut(index as usize));
        if let Some(entry) = place.and_then(Option::take) {
            if entry.text.is_some() {
                *self.filled_at(depth) -= 1;
            }
            self.ids.remove(&entry);
        }
    }

    /// Every known choice, first seen first.
    pub fn known(&self) -> Vec<Choice> {
        self.entries_from(FIRST_VALUE)
            .filter(|(_, entry)| entry.text.is_some())
            .map(|(id, _)| self.choice(id))
            .collect()
    }

    /// How many choices are known.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True when no choice is known.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    fn entry(&self, id: u32) -> Option<&Entry> {
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

    fn intern(&mut self, entry: Entry, cap: u32) -> Option<u32> {
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
            self.intern(Entry { parent, text: None }, u32::MAX).unwrap_or(OTHER)
        }
    }

    fn push(&mut self, entry: Entry) -> u32 {
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
    fn values_past_the_cap_become_other_and_known_ones_stay() {
        let mut table = table(&Axis::stored());
        for text in ["a", "b"] {
            assert!(!table.admit(&Choice::value(text), 2).1);
        }
        assert_eq!(table.admit(&Choice::value("c"), 2), (Levels::from_slice(&[OTHER]), true));
        assert_eq!(table.admit(&Choice::value("a"), 2).0.as_slice(), [FIRST_VALUE]);
        assert_eq!(table.known(), [Choice::value("a"), Choice::value("b")]);
    }

    #[test]
    fn a_rollback_takes_choices_back() {
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
    fn stored_choices_without_a_place_are_refused() {
        let entry = |parent, text: Option<&str>| Entry { parent, text: text.map(Into::into) };
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
            (OTHER, ALL, Some("z"), "stands for no value"),
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
    fn paths_count_at_every_prefix_and_fold_per_level() {
        let mut table = table(&Axis::path());
        let (levels, folded) = table.admit(&Choice::path(["x", "y"]), 1);
        assert_eq!((levels.len(), folded), (2, false));
        let (levels, folded) = table.admit(&Choice::path(["x", "z", "q"]), 1);
        assert!(folded);
        let shown = table.choice(*levels.last().unwrap());
        assert_eq!(shown.to_string(), "x/(other)");
        assert_eq!(table.id(&shown), levels.last().copied());
        assert_eq!(table.admit(&Choice::path(["w"]), 1).0.as_slice(), [OTHER]);
        let x = table.id(&Choice::path(["x"])).unwrap();
        assert_eq!(table.below(x, *levels.last().unwrap()), levels.last().copied());
        assert_eq!(table.below(ALL, *levels.last().unwrap()), Some(x));
    }
}
