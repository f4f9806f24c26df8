//! The choices of all axes as sets and fields contain them, with ids for the time of one operation.

use std::collections::HashMap;

use staste_core::plan::Point;
use staste_core::store::{ALL, ChoiceEntry, ChoiceTable, FIRST_VALUE, OTHER};
use staste_core::{AxisDefinition, Choice, Definition, MAX_PATH_DEPTH};

use super::keys::form_of;
use super::text::{self, Form};
use crate::key_words::KeyWords;

/// The choices of a Metrica and their ids, as far as they were read.
#[derive(Debug)]
pub(crate) struct ChoiceSets {
    pub(crate) tables: Vec<ChoiceTable>,
    axes: Vec<Axis>,
    all: String,
}

#[derive(Debug)]
struct Axis {
    form: Form,
    ids: HashMap<String, u32>,
}

impl ChoiceSets {
    /// Returns the declared choices.
    pub(crate) fn new(definition: &Definition, words: &KeyWords) -> ChoiceSets {
        let tables: Vec<ChoiceTable> = definition.stored_axes.iter().map(ChoiceTable::new).collect();
        let axes = definition
            .stored_axes
            .iter()
            .map(|axis: &AxisDefinition| Axis { form: form_of(axis), ids: HashMap::new() });
        let mut sets = ChoiceSets { axes: axes.collect(), tables, all: words.all.clone() };
        for (axis, table) in sets.axes.iter_mut().zip(&sets.tables) {
            for (id, entry) in table.entries_from(FIRST_VALUE) {
                let spellings =
                    entry.text.iter().flat_map(|text| text::spellings(text, axis.form, &words.all));
                axis.ids.extend(spellings.map(|spelling| (spelling, id)));
            }
        }
        sets
    }

    /// Returns true for a path axis, whose parts have slashes between their components.
    pub(crate) fn is_path(&self, axis: usize) -> bool {
        self.axes.get(axis).is_some_and(|axis| axis.form == Form::Component)
    }

    /// Returns the text of a member of a set of an axis, if it is clear.
    pub(crate) fn text(&self, axis: usize, member: &str) -> Option<String> {
        text::decode(member, self.axes.get(axis)?.form, &self.all)
    }

    /// Returns the id of a known part.
    pub(crate) fn id(&self, axis: usize, part: &str) -> Option<u32> {
        if part == self.all {
            return Some(ALL);
        }
        if part == text::OTHER {
            return Some(OTHER);
        }
        self.axes.get(axis)?.ids.get(part).copied()
    }

    /// Returns the id of a part, and adds the part if it is not known; none if the meaning of the part is not clear.
    pub(crate) fn add(&mut self, axis: usize, part: &str) -> Option<u32> {
        if let Some(id) = self.id(axis, part) {
            return Some(id);
        }
        let (own, table) = (self.axes.get_mut(axis)?, self.tables.get_mut(axis)?);
        let id = match own.form {
            Form::Value => {
                let text = text::decode(part, own.form, &self.all)?;
                // The original may have another part for the same choice.
                match table.id(&Choice::value(&text)) {
                    Some(id) => id,
                    None => load(table, ALL, Some(&text))?,
                }
            }
            Form::Component => {
                // Each component is a recursive call, and a part may have as many components as it is long.
                if part.matches('/').count() > MAX_PATH_DEPTH {
                    return None;
                }
                let (above, last) = match part.rsplit_once('/') {
                    Some((above, last)) => (self.add(axis, above)?, last),
                    None => (ALL, part),
                };
                if above == OTHER {
                    return None;
                }
                let text = if last == text::OTHER {
                    None
                } else {
                    Some(text::decode(last, Form::Component, &self.all)?)
                };
                load(self.tables.get_mut(axis)?, above, text.as_deref())?
            }
        };
        self.axes.get_mut(axis)?.ids.insert(part.to_owned(), id);
        Some(id)
    }

    /// Returns the point of a field; none if its meaning is not clear. Parts on open axes are added, those on others have to be
    /// known.
    pub(crate) fn point(&mut self, field: &[u8], is_open: &[bool]) -> Option<Point> {
        let field = std::str::from_utf8(field).ok()?;
        if self.axes.is_empty() {
            return field.is_empty().then(Point::new);
        }
        let mut point = Point::new();
        let mut parts = field.split(':');
        for (axis, open) in is_open.iter().enumerate() {
            let part = parts.next()?;
            point.push(if *open { self.add(axis, part)? } else { self.id(axis, part)? });
        }
        parts.next().is_none().then_some(point)
    }
}

fn load(table: &mut ChoiceTable, parent: u32, text: Option<&str>) -> Option<u32> {
    let id = table.next_id();
    table.load(id, ChoiceEntry { parent, text: text.map(Into::into) }).ok()?;
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::super::fields::Fields;
    use super::*;
    use staste_core::{Axis, MetricaSpec};

    #[test]
    fn field_of_a_point_round_trips() {
        let mut asked = MetricaSpec::new("places").unwrap();
        asked.axis("sex", &Axis::declared(["boy", "true"])).unwrap();
        asked.axis("at", &Axis::path()).unwrap();
        let definition = asked.reconcile(None).unwrap().0;
        let words = KeyWords::default();
        let mut sets = ChoiceSets::new(&definition, &words);
        let fields = [
            "boy:exp/city",
            "True:exp",
            "__all__:exp/\u{1b}o",
            "\u{1b}o:\u{1b}o",
            "boy:a\u{1b}cb/\u{1b}s//\u{1b}w__all__",
            "boy:",
            "boy:__all__",
        ];
        let mut seen = std::collections::HashSet::new();
        for field in fields {
            let point = sets.point(field.as_bytes(), &[false, true]).unwrap();
            assert!(seen.insert(point.clone()));
            assert_eq!(Fields::of(&definition, &sets.tables, &words).text(&point), field);
            assert_eq!(sets.point(field.as_bytes(), &[false, false]), Some(point));
        }
        assert_eq!(sets.point(b"true:exp", &[false, false]), sets.point(b"True:exp", &[false, false]));
        for unclear in ["girl:exp", "boy", "boy:exp:x", "boy:\u{1b}", "boy:\u{1b}o/x", "boy:x/__all__"] {
            assert_eq!(sets.point(unclear.as_bytes(), &[false, true]), None, "{unclear:?}");
        }
        assert_eq!(sets.point(b"boy:\xff", &[false, true]), None);
    }
}
