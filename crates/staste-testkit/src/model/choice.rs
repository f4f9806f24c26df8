//! A choice as plain data.

use staste_core::Choice;

/// A choice that the core returned or that the model holds, so that the two can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModelChoice {
    /// A value.
    Value(String),
    /// A path, and whether *other* follows it.
    Path(Vec<String>, bool),
    /// The kick omitted the axis.
    Unset,
    /// Over the cap.
    Other,
}

impl ModelChoice {
    /// Returns a value.
    pub fn value(text: impl Into<String>) -> ModelChoice {
        ModelChoice::Value(text.into())
    }

    /// Returns a path.
    pub fn path(components: &[&str]) -> ModelChoice {
        ModelChoice::Path(components.iter().map(|text| (*text).to_owned()).collect(), false)
    }

    /// Converts to a choice to kick or to query with.
    ///
    /// # Panics
    /// On a path that ends in *other*, which only the core can make.
    pub fn to_choice(&self) -> Choice {
        match self {
            ModelChoice::Value(text) => Choice::value(text),
            ModelChoice::Path(components, false) => Choice::path(components),
            ModelChoice::Path(_, true) => panic!("{self:?} occurs in results only"),
            ModelChoice::Unset => Choice::Unset,
            ModelChoice::Other => Choice::Other,
        }
    }

    /// Returns the choices it counts at, apart from ALL: itself and, for a path, every prefix.
    pub fn levels(&self) -> Vec<ModelChoice> {
        let ModelChoice::Path(components, other) = self else { return vec![self.clone()] };
        let mut levels: Vec<ModelChoice> = (1..=components.len())
            .map(|depth| ModelChoice::Path(components[..depth].to_vec(), false))
            .collect();
        if *other {
            levels.push(self.clone());
        }
        levels
    }

    /// Returns true if a filter for `wanted` includes this choice.
    pub fn matches(&self, wanted: &ModelChoice) -> bool {
        self.levels().contains(wanted)
    }

    /// Returns the group of this choice when a query iterates over the axis below `above` (`None`: over all of it).
    pub fn group_below(&self, above: Option<&ModelChoice>) -> ModelChoice {
        let depth = match above {
            Some(ModelChoice::Path(components, _)) => components.len(),
            _ => 0,
        };
        self.levels().get(depth).cloned().unwrap_or_else(|| self.clone())
    }
}

impl From<&Choice> for ModelChoice {
    fn from(choice: &Choice) -> ModelChoice {
        match choice {
            Choice::Value(text) => ModelChoice::Value(text.to_string()),
            Choice::Path(path) => ModelChoice::Path(
                path.components().iter().map(ToString::to_string).collect(),
                path.is_other(),
            ),
            Choice::Unset => ModelChoice::Unset,
            Choice::Other => ModelChoice::Other,
            Choice::All => panic!("ALL occurs in queries only, not in results"),
        }
    }
}
