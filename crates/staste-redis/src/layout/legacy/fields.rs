//! Points as the original's fields: one part for each axis, joined by colons.

use staste_core::store::{ALL, ChoiceTable, FIRST_VALUE, OTHER, UNSET};
use staste_core::{AxisDefinition, Definition};

use super::keys::form_of;
use super::text;
use crate::key_words::KeyWords;

/// The parts of the ids of each axis.
#[derive(Debug)]
pub(crate) struct Fields {
    all: String,
    /// By axis, then by id from the first value on.
    parts: Vec<Vec<String>>,
}

impl Fields {
    /// Returns the fields of points with ids of these tables.
    pub(crate) fn of(definition: &Definition, tables: &[ChoiceTable], words: &KeyWords) -> Fields {
        let axes = tables.iter().zip(&definition.stored_axes);
        let parts = axes.map(|(table, axis)| parts(table, axis, &words.all)).collect();
        Fields { all: words.all.clone(), parts }
    }

    /// Returns the part of an id of an axis; *unset* has none of its own.
    pub(crate) fn part(&self, axis: usize, id: u32) -> &str {
        match id {
            ALL | UNSET => &self.all,
            OTHER => text::OTHER,
            id => {
                let part =
                    self.parts.get(axis).and_then(|parts| parts.get(id.checked_sub(FIRST_VALUE)? as usize));
                part.map_or(text::OTHER, String::as_str)
            }
        }
    }

    /// Returns the field of a point.
    pub(crate) fn text(&self, point: &[u32]) -> String {
        let mut field = String::new();
        for (axis, id) in point.iter().enumerate() {
            if axis > 0 {
                field.push(':');
            }
            field.push_str(self.part(axis, *id));
        }
        field
    }
}

fn parts(table: &ChoiceTable, axis: &AxisDefinition, all: &str) -> Vec<String> {
    let form = form_of(axis);
    let mut parts: Vec<String> = Vec::new();
    for (id, entry) in table.entries_from(FIRST_VALUE) {
        let own =
            entry.text.as_ref().map_or_else(|| text::OTHER.to_owned(), |text| text::encode(text, form, all));
        // Parents have lower ids.
        let above = entry.parent.checked_sub(FIRST_VALUE).and_then(|index| parts.get(index as usize));
        let part = above.map_or_else(|| own.clone(), |above| format!("{above}/{own}"));
        parts.resize((id - FIRST_VALUE) as usize, String::new());
        parts.push(part);
    }
    parts
}
