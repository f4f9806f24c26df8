//! What a batch adds to the original's sets: the choices that it counts at, and its years.

use std::collections::{BTreeMap, BTreeSet};

use staste_core::Scale;
use staste_core::plan::PlannedBucket;
use staste_core::store::{ALL, ChoiceTable, FIRST_VALUE};

use super::fields::Fields;
use super::keys::LegacyKeys;
use super::period_key::PeriodKey;
use crate::connections::request::Arguments;
use crate::layout::cells::BatchChoices;

/// The choices of a batch.
pub(crate) struct BatchSets<'a> {
    pub(crate) keys: &'a LegacyKeys,
    pub(crate) choices: &'a BatchChoices<'a>,
    /// The ids that kicks are counted at, by axis.
    pub(crate) counted: &'a [BTreeSet<u32>],
}

impl BatchSets<'_> {
    /// Appends the sets: by axis and depth the maximum number of choices, and the members of each set.
    pub(crate) fn push(&self, arguments: &mut Arguments, planned: &[PlannedBucket]) {
        let BatchChoices { definition, tables, unclear, .. } = self.choices;
        let fields = Fields::of(definition, tables, &self.keys.words);
        let mut levels: BTreeMap<(usize, u32), BTreeMap<String, Vec<&str>>> = BTreeMap::new();
        for (axis, ids) in self.counted.iter().enumerate() {
            let (Some(table), Some(known)) = (tables.get(axis), definition.stored_axes.get(axis)) else {
                continue;
            };
            if known.declared().is_some() {
                continue;
            }
            for (id, entry) in table.entries_from(FIRST_VALUE) {
                if entry.text.is_none() || !ids.contains(&id) {
                    continue;
                }
                let set = match entry.parent {
                    ALL => self.keys.choices(&known.name),
                    parent => self.keys.below(&known.name, fields.part(axis, parent)),
                };
                let part = fields.part(axis, id);
                let member =
                    if known.is_path() { part.rsplit_once('/').map_or(part, |(_, last)| last) } else { part };
                levels.entry((axis, depth(table, id))).or_default().entry(set).or_default().push(member);
            }
        }
        arguments.push_display(levels.len() + 1);
        for (level, sets) in &levels {
            let Some(axis) = definition.stored_axes.get(level.0) else { continue };
            let unclear = unclear.get(level).copied().unwrap_or(0);
            arguments
                .push(self.keys.choices(&axis.name))
                .push_display(level.1)
                .push_display(axis.cap.saturating_add(unclear));
            arguments.push_display(sets.len());
            for (set, members) in sets {
                arguments.push(set).push_display(members.len());
                for member in members {
                    arguments.push(member);
                }
            }
        }
        self.push_years(arguments, planned);
    }

    fn push_years(&self, arguments: &mut Arguments, planned: &[PlannedBucket]) {
        let years = planned.iter().filter(|bucket| bucket.scale == Scale::Year);
        let years: BTreeSet<i16> =
            years.map(|year| PeriodKey::of(&self.keys.calendar, Scale::Year, year.start).parts[0]).collect();
        arguments
            .push(self.keys.years())
            .push_display(1)
            .push("")
            .push_display(1)
            .push(self.keys.years())
            .push_display(years.len());
        for year in years {
            arguments.push_display(year);
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
