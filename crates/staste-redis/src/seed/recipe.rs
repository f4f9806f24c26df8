//! Which fields a question wants, as a script can make them of parts and of what sets hold.

use staste_core::store::OTHER;
use staste_core::store::{Question, Select};
use staste_core::{AxisDefinition, AxisKind, Choice};

use super::keys::{SeedKeys, form_of};
use super::text;
use crate::connections::request::Arguments;

/// What a question wants of one axis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// Parts by name.
    pub(crate) parts: Vec<String>,
    /// A set whose members are wanted too, and what they have before them.
    pub(crate) set: Option<(String, String)>,
    /// Whatever there is.
    pub(crate) is_open: bool,
    /// What *unset* has is to be derived.
    pub(crate) unset: bool,
}

impl Recipe {
    /// The recipe of an axis.
    pub(crate) fn of(question: &Question, index: usize, keys: &SeedKeys) -> Recipe {
        let (Some(axis), Some(select)) = (question.definition.axes.get(index), question.select.get(index))
        else {
            return Recipe::default();
        };
        match select {
            Select::All => Recipe { parts: vec![keys.naming.all.clone()], ..Recipe::default() },
            Select::Is(Choice::All) => Recipe { parts: vec![keys.naming.all.clone()], ..Recipe::default() },
            Select::Is(Choice::Unset) | Select::Each(Choice::All) => Recipe::top(axis, keys),
            Select::Is(choice) => Recipe { parts: spellings(axis, choice, keys), ..Recipe::default() },
            Select::Each(choice) => {
                let mut recipe = Recipe { parts: spellings(axis, choice, keys), ..Recipe::default() };
                if let Some(place) = recipe.parts.first().cloned().filter(|_| axis.kind == AxisKind::Path) {
                    recipe.parts.push(format!("{place}/{}", text::OTHER));
                    recipe.set = Some((keys.below(&axis.name, &place), format!("{place}/")));
                }
                recipe
            }
            Select::Sum | Select::Any => Recipe { is_open: true, unset: true, ..Recipe::default() },
        }
    }

    /// Everything at the top of an axis, of which what *unset* has is what ALL has beyond.
    fn top(axis: &AxisDefinition, keys: &SeedKeys) -> Recipe {
        let mut parts = vec![keys.naming.all.clone(), text::OTHER.to_owned()];
        let set = match &axis.kind {
            AxisKind::Declared(choices) => {
                let spelled =
                    choices.iter().flat_map(|text| text::spellings(text, form_of(axis), &keys.naming.all));
                parts.extend(spelled);
                None
            }
            AxisKind::Stored | AxisKind::Path => Some((keys.choices(&axis.name), String::new())),
        };
        Recipe { parts, set, is_open: false, unset: true }
    }

    /// Tells a script.
    pub(crate) fn push(&self, words: &mut Arguments) {
        words.push_display(self.parts.len());
        for part in &self.parts {
            words.push(part);
        }
        let (set, above) = self.set.as_ref().map_or(("", ""), |(set, above)| (set.as_str(), above.as_str()));
        words.push(set).push(above);
    }
}

/// The parts of a choice, however it may have been written.
fn spellings(axis: &AxisDefinition, choice: &Choice, keys: &SeedKeys) -> Vec<String> {
    let (form, all) = (form_of(axis), &keys.naming.all);
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

/// True for the id of a choice directly at the top of its axis.
pub(crate) fn is_top(table: &staste_core::store::ChoiceTable, id: u32) -> bool {
    id >= OTHER && table.parent(id) == staste_core::store::ALL
}
