//! An Axis: what a Metrica's events are told apart by.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::schema::choice::{Choice, ChoiceInput, MAX_PATH_DEPTH, check_length};
use crate::schema::name;

/// How many choices an axis keeps when no cap is given; later ones count as *other*.
pub const DEFAULT_CAP: u32 = 10_000;

/// What choices an axis takes, as a program declares it.
///
/// ```
/// use staste::Axis;
/// let gender = Axis::declared(["boy", "girl"]); // only these
/// let age = Axis::stored().cap(200);            // any value, remembered as it appears
/// let page = Axis::path();                      // a place, counted at every level above it too
/// # let _ = (gender, age, page);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    pub(crate) kind: AxisKind,
    pub(crate) cap: Option<u32>,
}

/// The three kinds of axes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AxisKind {
    /// Fixed choices, in this order.
    Declared(Vec<Arc<str>>),
    /// Any value, remembered as it appears.
    Stored,
    /// Any list of components, counted at each of its prefixes.
    Path,
}

/// An axis of a definition: its name, kind and cap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AxisDefinition {
    /// The name kicks and filters use.
    pub name: String,
    /// What choices it takes.
    pub kind: AxisKind,
    /// How many choices it keeps; for a path, per level.
    pub cap: u32,
}

impl Axis {
    /// An axis of fixed choices.
    pub fn declared<T: AsRef<str>>(choices: impl IntoIterator<Item = T>) -> Axis {
        let mut declared: Vec<Arc<str>> = Vec::new();
        for choice in choices {
            if !declared.iter().any(|known| **known == *choice.as_ref()) {
                declared.push(Arc::from(choice.as_ref()));
            }
        }
        Axis { kind: AxisKind::Declared(declared), cap: None }
    }

    /// An axis that takes any value and remembers it, in the order of appearance.
    pub fn stored() -> Axis {
        Axis { kind: AxisKind::Stored, cap: None }
    }

    /// An axis of paths: a kick at `blog/2013` counts at `blog` too.
    ///
    /// A text alone is a path of one component, whatever it holds; several are given as a list, or made
    /// with [`Choice::path`].
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

    /// Keeps at most `choices` choices (for a path, per level), 10,000 when not given; new ones then count as
    /// *other*. A declared axis keeps what it declares.
    #[must_use]
    pub fn cap(mut self, choices: u32) -> Axis {
        self.cap = Some(choices);
        self
    }

    pub(crate) fn named(&self, axis: &str) -> Result<AxisDefinition> {
        name::check_axis(axis)?;
        if let AxisKind::Declared(choices) = &self.kind {
            if choices.is_empty() {
                return Err(Error::input(format!(
                    "axis {axis} declares no choices: list them, or make it a stored axis, which takes any"
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

impl AxisKind {
    /// The word for the kind.
    pub fn name(&self) -> &'static str {
        match self {
            AxisKind::Declared(_) => "declared",
            AxisKind::Stored => "stored",
            AxisKind::Path => "path",
        }
    }
}

impl AxisDefinition {
    /// The choice that `given` names on this axis, checked as a filter does: variants are allowed.
    ///
    /// # Errors
    /// An undeclared choice, a path on an axis of values or the other way round, and choices that
    /// are too long or too deep.
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

    /// Checks that the axis takes paths, and that this one is neither empty, too deep nor too long.
    pub(crate) fn check_path<'a>(&self, components: impl ExactSizeIterator<Item = &'a str>) -> Result<()> {
        if self.kind != AxisKind::Path {
            return Err(Error::input(format!(
                "axis {} is {} and takes one value, not a path of components",
                self.name,
                self.kind.name()
            )));
        }
        let depth = components.len();
        if depth == 0 || depth > MAX_PATH_DEPTH {
            return Err(Error::input(format!(
                "a path on axis {} has 1 to {MAX_PATH_DEPTH} components, and this one {depth}",
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

    /// The refusal of a choice that was not declared.
    #[cold]
    pub(crate) fn undeclared(&self, text: &str) -> Error {
        let AxisKind::Declared(choices) = &self.kind else {
            return Error::input(format!("axis {} has no choice {text:?}", self.name));
        };
        let shown: String = text.chars().take(64).collect();
        let listed: Vec<&str> = choices.iter().take(20).map(|choice| &**choice).collect();
        let more = if choices.len() > 20 { ", ..." } else { "" };
        Error::input(format!(
            "axis {} has no choice {shown:?}; its declared choices are {}{more}",
            self.name,
            listed.join(", ")
        ))
    }
}
