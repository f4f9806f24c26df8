//! `Axis`: a dimension by which the events of a Metrica are distinguished.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::schema::choice::{Choice, ChoiceInput, MAX_PATH_DEPTH, check_length};
use crate::schema::name;

/// The name of the axis of bins, which no axis of a program can have.
pub const BIN_AXIS: &str = "#bin";

/// The default cap: number of choices of an axis, beyond which new ones count as *other*.
pub const DEFAULT_CAP: u32 = 10_000;

/// The choices that an axis accepts, as a program declares them.
///
/// ```
/// use staste::Axis;
/// let gender = Axis::declared(["boy", "girl"]); // only these
/// let age = Axis::stored().cap(200);            // any value, stored when it first appears
/// let page = Axis::path();                      // a path, counted at every level above it too
/// # let _ = (gender, age, page);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    pub(crate) kind: AxisKind,
    pub(crate) cap: Option<u32>,
}

/// The kind of an axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AxisKind {
    /// Fixed choices, in this order.
    Declared(Vec<Arc<str>>),
    /// Any value, stored when it first appears.
    Stored,
    /// Any list of components, counted at each prefix.
    Path,
}

/// An axis of a definition: its name, kind and cap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AxisDefinition {
    /// The name, which kicks and filters use.
    pub name: String,
    /// The choices that it accepts.
    pub kind: AxisKind,
    /// Maximum number of choices; on a path axis, per level.
    pub cap: u32,
}

impl Axis {
    /// Creates an axis of fixed choices.
    pub fn declared<T: AsRef<str>>(choices: impl IntoIterator<Item = T>) -> Axis {
        let mut declared: Vec<Arc<str>> = Vec::new();
        for choice in choices {
            if !declared.iter().any(|known| **known == *choice.as_ref()) {
                declared.push(Arc::from(choice.as_ref()));
            }
        }
        Axis { kind: AxisKind::Declared(declared), cap: None }
    }

    /// Creates an axis that accepts any value and stores values in order of first appearance.
    pub fn stored() -> Axis {
        Axis { kind: AxisKind::Stored, cap: None }
    }

    /// Creates an axis of paths: a kick at `blog/2013` is counted at `blog` too.
    ///
    /// A single text is a path of one component, even with slashes. Give several components as a list or with
    /// [`Choice::path`].
    ///
    /// ```
    /// use staste::{Axis, Choice, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let visits = staste.metrica("visits").axis("page", Axis::path()).build()?;
    /// visits.kick([("page", &["blog", "2013"])])?;
    /// visits.kick([("page", Choice::path("blog/2014".split('/')))])?;
    /// assert_eq!(visits.filter([("page", "blog")])?.total()?, 2);
    ///
    /// let below: Vec<String> =
    ///     visits.filter([("page", "blog")])?.iterate("page")?.iter().map(|(page, _)| page.to_string()).collect();
    /// assert_eq!(below, ["blog/2013", "blog/2014"]);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn path() -> Axis {
        Axis { kind: AxisKind::Path, cap: None }
    }

    /// Limits the number of choices (on a path axis, per level), 10,000 by default; beyond it new choices count as
    /// *other*. A declared axis has its declared choices regardless of the cap.
    #[must_use]
    pub fn cap(mut self, choices: u32) -> Axis {
        self.cap = Some(choices);
        self
    }

    /// Returns the definition of this axis under a name.
    pub(crate) fn named(&self, axis: &str) -> Result<AxisDefinition> {
        name::check_axis(axis)?;
        if let AxisKind::Declared(choices) = &self.kind {
            if choices.is_empty() {
                return Err(Error::invalid_input(format!(
                    "invalid axis {axis}: it declares no choices; list them, or make it a stored axis, which accepts any"
                )));
            }
            choices.iter().try_for_each(|choice| check_length(axis, choice))?;
        }
        Ok(AxisDefinition {
            name: axis.to_owned(),
            kind: self.kind.clone(),
            cap: self.cap.unwrap_or(DEFAULT_CAP),
        })
    }
}

impl From<&AxisDefinition> for Axis {
    fn from(axis: &AxisDefinition) -> Axis {
        Axis { kind: axis.kind.clone(), cap: Some(axis.cap) }
    }
}

impl AxisKind {
    /// Returns the name of the kind.
    pub fn name(&self) -> &'static str {
        match self {
            AxisKind::Declared(_) => "declared",
            AxisKind::Stored => "stored",
            AxisKind::Path => "path",
        }
    }
}

impl AxisDefinition {
    /// Returns the axis of the bins of a distribution. Its choices are the codes of bins; kicks without a bin are unset.
    pub(crate) fn bins() -> AxisDefinition {
        AxisDefinition { name: BIN_AXIS.to_owned(), kind: AxisKind::Stored, cap: u32::MAX }
    }

    /// Returns true for the axis of bins, which people do not see.
    pub fn is_bins(&self) -> bool {
        self.name == BIN_AXIS
    }

    /// Returns true if a kick beyond the limit on points counts as *other* on it.
    pub(crate) fn folds(&self) -> bool {
        self.declared().is_none() && !self.is_bins()
    }

    /// Returns true if its choices are paths, each counted at every level above it too.
    pub fn is_path(&self) -> bool {
        self.kind == AxisKind::Path
    }

    /// Returns its declared choices, or `None` if it accepts any choice.
    pub fn declared(&self) -> Option<&[Arc<str>]> {
        match &self.kind {
            AxisKind::Declared(choices) => Some(choices),
            AxisKind::Stored | AxisKind::Path => None,
        }
    }

    /// Returns the maximum number of components of a choice.
    pub fn max_depth(&self) -> usize {
        if self.is_path() { MAX_PATH_DEPTH } else { 1 }
    }

    /// Returns the choice on this axis that `given` names, with the checks of a filter, which accepts variants.
    ///
    /// # Errors
    /// For an undeclared choice, a path on an axis of values or the reverse, and choices that are too long or too deep.
    pub fn choice(&self, given: &ChoiceInput<'_>) -> Result<Choice> {
        let mut digits = itoa::Buffer::new();
        match given {
            ChoiceInput::Text(text) => self.choice_of_text(text),
            ChoiceInput::Integer(number) => self.choice_of_text(digits.format(*number)),
            ChoiceInput::Unsigned(number) => self.choice_of_text(digits.format(*number)),
            ChoiceInput::Bool(truth) => self.choice_of_text(if *truth { "true" } else { "false" }),
            ChoiceInput::Path(components) => self.choice_of_path(components),
            ChoiceInput::Unset => Ok(Choice::Unset),
            ChoiceInput::Choice(Choice::Value(text)) => self.choice_of_text(text),
            ChoiceInput::Choice(Choice::Path(path)) if path.is_other() => {
                self.check_path(path.components().iter().map(|text| &**text))?;
                Ok(Choice::Path(path.clone()))
            }
            ChoiceInput::Choice(Choice::Path(path)) => {
                let components: Vec<&str> = path.components().iter().map(|text| &**text).collect();
                self.choice_of_path(&components)
            }
            ChoiceInput::Choice(variant) => Ok(variant.clone()),
        }
    }

    fn choice_of_text(&self, text: &str) -> Result<Choice> {
        match &self.kind {
            AxisKind::Declared(choices) => {
                let declared = choices.iter().find(|choice| &***choice == text);
                declared.map(|choice| Choice::Value(Arc::clone(choice))).ok_or_else(|| self.undeclared(text))
            }
            AxisKind::Stored => {
                check_length(&self.name, text)?;
                Ok(Choice::value(text))
            }
            AxisKind::Path => self.choice_of_path(&[text]),
        }
    }

    fn choice_of_path(&self, components: &[&str]) -> Result<Choice> {
        self.check_path(components.iter().copied())?;
        Ok(Choice::path(components))
    }

    /// Checks that the axis accepts paths, and that this one is neither empty, too deep nor too long.
    pub(crate) fn check_path<'a>(&self, components: impl ExactSizeIterator<Item = &'a str>) -> Result<()> {
        if !self.is_path() {
            return Err(Error::invalid_input(format!(
                "invalid choice on axis {}: a {} axis takes one value, not a path of components",
                self.name,
                self.kind.name()
            )));
        }
        let depth = components.len();
        if depth == 0 || depth > MAX_PATH_DEPTH {
            return Err(Error::invalid_input(format!(
                "invalid path on axis {}: expected 1 to {MAX_PATH_DEPTH} components, not {depth}",
                self.name
            )));
        }
        let mut bytes = 0;
        for component in components {
            bytes += component.len();
            if bytes > crate::schema::choice::MAX_CHOICE_BYTES {
                return Err(crate::schema::choice::too_long(&self.name, component, bytes));
            }
        }
        Ok(())
    }

    /// Returns the error for a choice that was not declared.
    #[cold]
    pub(crate) fn undeclared(&self, text: &str) -> Error {
        let Some(choices) = self.declared() else {
            return Error::invalid_input(format!("axis {} has no choice {text:?}", self.name));
        };
        let truncated: String = text.chars().take(64).collect();
        let listed: Vec<&str> = choices.iter().take(20).map(|choice| &**choice).collect();
        let more = if choices.len() > 20 { ", ..." } else { "" };
        Error::invalid_input(format!(
            "axis {} has no choice {truncated:?}; its declared choices are {}{more}",
            self.name,
            listed.join(", ")
        ))
    }
}
