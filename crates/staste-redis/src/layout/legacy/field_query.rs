//! The fields that a question needs, as parts from which a script makes them, and sets with further parts.

use staste_core::store::{Question, Select};
use staste_core::{AxisDefinition, Choice};

use super::keys::{LegacyKeys, form_of};
use super::text;
use crate::connections::request::Arguments;

/// The parts of one axis that a question needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldQuery {
    /// Known parts.
    pub(crate) parts: Vec<String>,
    /// A set whose members are needed as well, and the prefix that makes parts of them.
    pub(crate) set: Option<(String, String)>,
    /// All parts are needed.
    pub(crate) is_open: bool,
    /// The cells at *unset* have to be derived.
    pub(crate) unset: bool,
}

impl FieldQuery {
    /// Returns the parts of an axis.
    pub(crate) fn of(question: &Question, index: usize, keys: &LegacyKeys) -> FieldQuery {
        let (Some(axis), Some(select)) =
            (question.definition.stored_axes.get(index), question.select.get(index))
        else {
            return FieldQuery::default();
        };
        match select {
            Select::All => FieldQuery { parts: vec![keys.words.all.clone()], ..FieldQuery::default() },
            Select::Is(Choice::All) => {
                FieldQuery { parts: vec![keys.words.all.clone()], ..FieldQuery::default() }
            }
            Select::Is(Choice::Unset) | Select::Each(Choice::All) => FieldQuery::top(axis, keys),
            Select::Is(choice) => {
                FieldQuery { parts: spellings(axis, choice, keys), ..FieldQuery::default() }
            }
            Select::Each(choice) => {
                let mut query = FieldQuery { parts: spellings(axis, choice, keys), ..FieldQuery::default() };
                if let Some(path) = query.parts.first().cloned().filter(|_| axis.is_path()) {
                    query.parts.push(format!("{path}/{}", text::OTHER));
                    query.set = Some((keys.below(&axis.name, &path), format!("{path}/")));
                }
                query
            }
            Select::Sum | Select::Any => FieldQuery { is_open: true, unset: true, ..FieldQuery::default() },
        }
    }

    /// Returns everything at the top of an axis: *unset* is ALL less all others.
    fn top(axis: &AxisDefinition, keys: &LegacyKeys) -> FieldQuery {
        let mut parts = vec![keys.words.all.clone(), text::OTHER.to_owned()];
        let set = match axis.declared() {
            Some(choices) => {
                let spelled =
                    choices.iter().flat_map(|text| text::spellings(text, form_of(axis), &keys.words.all));
                parts.extend(spelled);
                None
            }
            None => Some((keys.choices(&axis.name), String::new())),
        };
        FieldQuery { parts, set, is_open: false, unset: true }
    }

    /// Appends the parts for a script.
    pub(crate) fn push(&self, arguments: &mut Arguments) {
        arguments.push_display(self.parts.len());
        for part in &self.parts {
            arguments.push(part);
        }
        let (set, above) = self.set.as_ref().map_or(("", ""), |(set, above)| (set.as_str(), above.as_str()));
        arguments.push(set).push(above);
    }
}

/// Returns the parts that a choice can have.
fn spellings(axis: &AxisDefinition, choice: &Choice, keys: &LegacyKeys) -> Vec<String> {
    let (form, all) = (form_of(axis), &keys.words.all);
    match choice {
        Choice::Value(text) => text::spellings(text, form, all),
        Choice::Path(path) => {
            let mut parts: Vec<String> =
                path.components().iter().map(|component| text::encode(component, form, all)).collect();
            if path.is_other() {
                parts.push(text::OTHER.to_owned());
            }
            vec![parts.join("/")]
        }
        Choice::Other => vec![text::OTHER.to_owned()],
        Choice::All | Choice::Unset => Vec::new(),
    }
}
