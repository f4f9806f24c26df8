//! A choice as plain data.

use staste_core::Choice;

/// A choice, with everything to see: what the core answers and what the model holds, comparable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pick {
    /// A value.
    Value(String),
    /// A path, and whether *other* follows it.
    Path(Vec<String>, bool),
    /// The kick left the axis out.
    Unset,
    /// Past the cap.
    Other,
}

impl Pick {
    /// A value.
    pub fn value(text: impl Into<String>) -> Pick {
        Pick::Value(text.into())
    }

    /// A path.
    pub fn path(components: &[&str]) -> Pick {
        Pick::Path(components.iter().map(|text| (*text).to_owned()).collect(), false)
    }

    /// The choice to kick or to ask with.
    ///
    /// # Panics
    /// On a path that ends in *other*, which only the core can make.
    pub fn choice(&self) -> Choice {
        match self {
            Pick::Value(text) => Choice::value(text),
            Pick::Path(components, false) => Choice::path(components),
            Pick::Path(_, true) => panic!("{self:?} comes out of questions only"),
            Pick::Unset => Choice::Unset,
            Pick::Other => Choice::Other,
        }
    }

    /// The choices it counts at beside ALL: itself, and of a path every prefix.
    pub fn levels(&self) -> Vec<Pick> {
        let Pick::Path(components, other) = self else { return vec![self.clone()] };
        let mut levels: Vec<Pick> =
            (1..=components.len()).map(|depth| Pick::Path(components[..depth].to_vec(), false)).collect();
        if *other {
            levels.push(self.clone());
        }
        levels
    }

    /// True when a filter for `wanted` lets this choice through.
    pub fn matches(&self, wanted: &Pick) -> bool {
        self.levels().contains(wanted)
    }

    /// The group it falls in when an axis is unfolded below `above` (none: at the root).
    pub fn group_below(&self, above: Option<&Pick>) -> Pick {
        let depth = match above {
            Some(Pick::Path(components, _)) => components.len(),
            _ => 0,
        };
        self.levels().get(depth).cloned().unwrap_or_else(|| self.clone())
    }
}

impl From<&Choice> for Pick {
    fn from(choice: &Choice) -> Pick {
        match choice {
            Choice::Value(text) => Pick::Value(text.to_string()),
            Choice::Path(path) => {
                Pick::Path(path.components().iter().map(ToString::to_string).collect(), path.is_other())
            }
            Choice::Unset => Pick::Unset,
            Choice::Other => Pick::Other,
            Choice::All => panic!("ALL is for asking only and never an answer"),
        }
    }
}
