//! A choice on an axis: a value, a path of components, or one of the variants unset, other and ALL.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};

/// The longest choice in bytes; for a path, of all its components together.
pub const MAX_CHOICE_BYTES: usize = 1024;
/// The most components a path may have.
pub const MAX_PATH_DEPTH: usize = 16;

/// One choice on an axis, as it is stored and answered.
///
/// The variants are not values: the texts `unset`, `(other)` or `__all__` are ordinary values.
///
/// ```
/// use staste::Choice;
/// assert_ne!(Choice::value("None"), Choice::Unset);
/// assert_eq!(Choice::path(["exp", "city"]).to_string(), "exp/city");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Choice {
    /// A value of a declared or stored axis.
    Value(Arc<str>),
    /// A place on a path axis.
    Path(Path),
    /// The kick left the axis out.
    Unset,
    /// A value past the axis' cap.
    Other,
    /// Whatever the choice; for asking only.
    All,
}

/// The components of a path from the root, with a mark when what followed was past the cap.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    components: Arc<[Arc<str>]>,
    other: bool,
}

impl Choice {
    /// A value.
    pub fn value(text: impl AsRef<str>) -> Choice {
        Choice::Value(Arc::from(text.as_ref()))
    }

    /// A path of components; no components give [`Choice::All`], the root.
    pub fn path<T: AsRef<str>>(components: impl IntoIterator<Item = T>) -> Choice {
        Choice::from_components(components.into_iter().map(|text| Arc::from(text.as_ref())).collect(), false)
    }

    /// What came below a place after that had as many as it may have; of the root [`Choice::Other`].
    ///
    /// ```
    /// use staste::Choice;
    /// let other = Choice::other_below(["blog"]);
    /// assert!(other.as_path().is_some_and(|path| path.is_other()));
    /// assert_eq!(Choice::other_below([] as [&str; 0]), Choice::Other);
    /// ```
    pub fn other_below<T: AsRef<str>>(components: impl IntoIterator<Item = T>) -> Choice {
        Choice::from_components(components.into_iter().map(|text| Arc::from(text.as_ref())).collect(), true)
    }

    /// A path, which ends in *other* when `other` is set.
    pub(crate) fn from_components(components: Vec<Arc<str>>, other: bool) -> Choice {
        match (components.is_empty(), other) {
            (true, true) => Choice::Other,
            (true, false) => Choice::All,
            (false, _) => Choice::Path(Path { components: components.into(), other }),
        }
    }

    /// The text of a value; none for the other variants.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Choice::Value(text) => Some(text),
            _ => None,
        }
    }

    /// The path, when it is one.
    pub fn as_path(&self) -> Option<&Path> {
        match self {
            Choice::Path(path) => Some(path),
            _ => None,
        }
    }
}

impl Path {
    /// The components from the root.
    pub fn components(&self) -> &[Arc<str>] {
        &self.components
    }

    /// True when a further component was past the cap.
    pub fn is_other(&self) -> bool {
        self.other
    }

    /// True when `self` lies at or below `prefix`.
    pub fn starts_with(&self, prefix: &Path) -> bool {
        self == prefix || (!prefix.other && self.components.starts_with(&prefix.components))
    }
}

impl PartialEq<str> for Choice {
    /// True for the value of this text.
    fn eq(&self, other: &str) -> bool {
        self.as_text() == Some(other)
    }
}

impl PartialEq<&str> for Choice {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Choice::Value(text) => f.write_str(text),
            Choice::Path(path) => write!(f, "{path}"),
            Choice::Unset => f.write_str("(unset)"),
            Choice::Other => f.write_str("(other)"),
            Choice::All => f.write_str("(all)"),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.components.join("/"))?;
        if self.other { f.write_str("/(other)") } else { Ok(()) }
    }
}

/// A choice as it is given to a kick or a filter: text, an integer, a boolean, a path or a variant.
///
/// Integers count as their decimal text and booleans as `true` and `false`, so `19` and `"19"` are
/// one choice. Floats have no conversion: format them as you want to see them.
///
/// ```
/// use staste::ChoiceInput;
/// let given = [("gender", ChoiceInput::from("girl")), ("age", ChoiceInput::from(18)), ("city", None::<&str>.into())];
/// # let _ = given;
/// ```
#[derive(Clone, Debug)]
pub enum ChoiceInput<'a> {
    /// Text, as it is.
    Text(&'a str),
    /// A signed integer.
    Integer(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A boolean.
    Bool(bool),
    /// The components of a path.
    Path(&'a [&'a str]),
    /// A choice that came out of Staste.
    Choice(Choice),
    /// The axis is left out.
    Unset,
}

impl<'a> From<&'a str> for ChoiceInput<'a> {
    fn from(text: &'a str) -> Self {
        ChoiceInput::Text(text)
    }
}
impl<'a> From<&'a String> for ChoiceInput<'a> {
    fn from(text: &'a String) -> Self {
        ChoiceInput::Text(text)
    }
}
impl<'a> From<&'a [&'a str]> for ChoiceInput<'a> {
    fn from(path: &'a [&'a str]) -> Self {
        ChoiceInput::Path(path)
    }
}
impl<'a, const N: usize> From<&'a [&'a str; N]> for ChoiceInput<'a> {
    fn from(path: &'a [&'a str; N]) -> Self {
        ChoiceInput::Path(path)
    }
}
impl<'a> From<&'a std::borrow::Cow<'_, str>> for ChoiceInput<'a> {
    fn from(text: &'a std::borrow::Cow<'_, str>) -> Self {
        ChoiceInput::Text(text)
    }
}
impl<'a> From<&'a Arc<str>> for ChoiceInput<'a> {
    fn from(text: &'a Arc<str>) -> Self {
        ChoiceInput::Text(text)
    }
}
impl From<usize> for ChoiceInput<'_> {
    fn from(number: usize) -> Self {
        ChoiceInput::Unsigned(number as u64)
    }
}
impl From<isize> for ChoiceInput<'_> {
    fn from(number: isize) -> Self {
        ChoiceInput::Integer(number as i64)
    }
}
impl From<bool> for ChoiceInput<'_> {
    fn from(truth: bool) -> Self {
        ChoiceInput::Bool(truth)
    }
}
impl From<Choice> for ChoiceInput<'_> {
    fn from(choice: Choice) -> Self {
        ChoiceInput::Choice(choice)
    }
}
impl From<&Choice> for ChoiceInput<'_> {
    fn from(choice: &Choice) -> Self {
        ChoiceInput::Choice(choice.clone())
    }
}
impl<'a, T: Into<ChoiceInput<'a>>> From<Option<T>> for ChoiceInput<'a> {
    fn from(choice: Option<T>) -> Self {
        choice.map_or(ChoiceInput::Unset, Into::into)
    }
}

macro_rules! given_integers {
    ($variant:ident as $wide:ty: $($narrow:ty),+) => {$(
        impl From<$narrow> for ChoiceInput<'_> {
            fn from(number: $narrow) -> Self {
                ChoiceInput::$variant(<$wide>::from(number))
            }
        }
    )+};
}
given_integers!(Integer as i64: i8, i16, i32, i64);
given_integers!(Unsigned as u64: u8, u16, u32, u64);

/// Checks the length of a choice's text.
pub(crate) fn check_length(axis: &str, text: &str) -> Result<()> {
    if text.len() <= MAX_CHOICE_BYTES { Ok(()) } else { Err(too_long(axis, text, text.len())) }
}

/// The refusal of a choice that is `length` bytes long.
#[cold]
pub(crate) fn too_long(axis: &str, text: &str, length: usize) -> Error {
    let shown: String = text.chars().take(24).collect();
    Error::input(format!(
        "the choice {shown:?}... on axis {axis} is {length} bytes long; at most {MAX_CHOICE_BYTES} are counted"
    ))
}
