//! The choices of all axes as they are met in sets and fields, with numbers to plan by.

use std::collections::HashMap;

use staste_core::plan::Point;
use staste_core::store::{ALL, ChoiceTable, Entry, OTHER};
use staste_core::{AxisDefinition, Choice, Definition, MAX_PATH_DEPTH};

use super::keys::form_of;
use super::naming::KeyNaming;
use super::text::{self, Form};

/// What numbers the choices of a Metrica have, for as long as one look at it lasts.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) tables: Vec<ChoiceTable>,
    axes: Vec<Axis>,
    all: String,
}

#[derive(Debug)]
struct Axis {
    form: Form,
    ids: HashMap<String, u32>,
}

impl Tree {
    /// The declared choices only.
    pub(crate) fn new(definition: &Definition, naming: &KeyNaming) -> Tree {
        let tables: Vec<ChoiceTable> = definition.axes.iter().map(ChoiceTable::new).collect();
        let axes = definition
            .axes
            .iter()
            .map(|axis: &AxisDefinition| Axis { form: form_of(axis), ids: HashMap::new() });
        let mut tree = Tree { axes: axes.collect(), tables, all: naming.all.clone() };
        for (axis, table) in tree.axes.iter_mut().zip(&tree.tables) {
            for (id, entry) in table.entries_from(staste_core::store::FIRST_VALUE) {
                let spellings =
                    entry.text.iter().flat_map(|text| text::spellings(text, axis.form, &naming.all));
                axis.ids.extend(spellings.map(|spelling| (spelling, id)));
            }
        }
        tree
    }

    /// True for a path axis, whose parts have slashes between their components.
    pub(crate) fn has_places(&self, axis: usize) -> bool {
        self.axes.get(axis).is_some_and(|axis| axis.form == Form::Component)
    }

    /// What a member of a set of an axis says, when that is clear.
    pub(crate) fn text(&self, axis: usize, member: &str) -> Option<String> {
        text::decode(member, self.axes.get(axis)?.form, &self.all)
    }

    /// The number of a part that is known.
    pub(crate) fn id(&self, axis: usize, part: &str) -> Option<u32> {
        if part == self.all {
            return Some(ALL);
        }
        if part == text::OTHER {
            return Some(OTHER);
        }
        self.axes.get(axis)?.ids.get(part).copied()
    }

    /// The number of a part, which is known from now on; none when it is not clear what the part means.
    pub(crate) fn add(&mut self, axis: usize, part: &str) -> Option<u32> {
        if let Some(id) = self.id(axis, part) {
            return Some(id);
        }
        let (own, table) = (self.axes.get_mut(axis)?, self.tables.get_mut(axis)?);
        let id = match own.form {
            Form::Value => {
                let text = text::decode(part, own.form, &self.all)?;
                // The original may have written the same choice in another way.
                match table.id(&Choice::value(&text)) {
                    Some(id) => id,
                    None => load(table, ALL, Some(&text))?,
                }
            }
            Form::Component => {
                // Each component is a call within the last, and a part may have as many as it is long.
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

    /// The point of a field; on open axes of any choice, on others of those that are known.
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
    table.load(id, Entry { parent, text: text.map(Into::into) }).ok()?;
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Fields;
    use staste_core::{Axis, MetricaSpec};

    #[test]
    fn fields_and_points_lead_to_each_other() {
        let mut asked = MetricaSpec::new("places").unwrap();
        asked.axis("sex", &Axis::declared(["boy", "true"])).unwrap();
        asked.axis("at", &Axis::path()).unwrap();
        let definition = asked.reconcile(None).unwrap().0;
        let naming = KeyNaming::default();
        let mut tree = Tree::new(&definition, &naming);
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
            let point = tree.point(field.as_bytes(), &[false, true]).unwrap();
            assert!(seen.insert(point.clone()));
            assert_eq!(Fields::of(&definition, &tree.tables, &naming).encode(&point), field);
            assert_eq!(tree.point(field.as_bytes(), &[false, false]), Some(point));
        }
        assert_eq!(tree.point(b"true:exp", &[false, false]), tree.point(b"True:exp", &[false, false]));
        for unclear in ["girl:exp", "boy", "boy:exp:x", "boy:\u{1b}", "boy:\u{1b}o/x", "boy:x/__all__"] {
            assert_eq!(tree.point(unclear.as_bytes(), &[false, true]), None, "{unclear:?}");
        }
        assert_eq!(tree.point(b"boy:\xff", &[false, true]), None);
    }
}
