//! What a batch puts into the original's sets: the choices it counts at, and its years.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use staste_core::plan::PlannedBucket;
use staste_core::store::{ALL, ChoiceTable, FIRST_VALUE};
use staste_core::{AxisKind, Definition, Scale};

use super::fields::Fields;
use super::keys::SeedKeys;
use super::label::Label;
use crate::connections::request::Arguments;

/// By axis and depth how many members of sets stand for no choice; they take no place of one.
pub(crate) type Odd = HashMap<(usize, u32), u32>;

/// The choices of a batch, by axis.
pub(crate) struct Sets<'a> {
    pub(crate) keys: &'a SeedKeys,
    pub(crate) definition: &'a Definition,
    pub(crate) tables: &'a [ChoiceTable],
    /// The ids that kicks land at.
    pub(crate) used: &'a [BTreeSet<u32>],
    pub(crate) odd: &'a Odd,
}

impl Sets<'_> {
    /// Tells a script of the sets: by axis and depth how many choices there may be, and what to add to each set.
    pub(crate) fn push(&self, words: &mut Arguments, planned: &[PlannedBucket]) {
        let fields = Fields::of(self.definition, self.tables, &self.keys.naming);
        let mut levels: BTreeMap<(usize, u32), BTreeMap<String, Vec<&str>>> = BTreeMap::new();
        for (axis, ids) in self.used.iter().enumerate() {
            let (Some(table), Some(known)) = (self.tables.get(axis), self.definition.axes.get(axis)) else {
                continue;
            };
            if matches!(known.kind, AxisKind::Declared(_)) {
                continue;
            }
            for (id, entry) in table.entries_from(FIRST_VALUE) {
                if entry.text.is_none() || !ids.contains(&id) {
                    continue;
                }
                let set = match entry.parent {
                    ALL => self.keys.choices(&known.name),
                    place => self.keys.below(&known.name, fields.part(axis, place)),
                };
                let part = fields.part(axis, id);
                let member = match known.kind {
                    AxisKind::Path => part.rsplit_once('/').map_or(part, |(_, last)| last),
                    _ => part,
                };
                levels.entry((axis, depth(table, id))).or_default().entry(set).or_default().push(member);
            }
        }
        words.push_display(levels.len() + 1);
        for (level, sets) in &levels {
            let Some(axis) = self.definition.axes.get(level.0) else { continue };
            let odd = self.odd.get(level).copied().unwrap_or(0);
            words
                .push(self.keys.choices(&axis.name))
                .push_display(level.1)
                .push_display(axis.cap.saturating_add(odd));
            words.push_display(sets.len());
            for (set, members) in sets {
                words.push(set).push_display(members.len());
                for member in members {
                    words.push(member);
                }
            }
        }
        self.push_years(words, planned);
    }

    fn push_years(&self, words: &mut Arguments, planned: &[PlannedBucket]) {
        let years = planned.iter().filter(|bucket| bucket.scale == Scale::Year);
        let years: BTreeSet<i16> =
            years.map(|year| Label::of(&self.keys.calendar, Scale::Year, year.start).parts[0]).collect();
        words
            .push(self.keys.years())
            .push_display(1)
            .push("")
            .push_display(1)
            .push(self.keys.years())
            .push_display(years.len());
        for year in years {
            words.push_display(year);
        }
    }
}

fn depth(table: &ChoiceTable, id: u32) -> u32 {
    let (mut depth, mut at) = (1, table.parent(id));
    while at != ALL {
        depth += 1;
        at = table.parent(at);
    }
    depth
}
