//! `Choice`: a value on an axis, a path of components, or one of the variants unset, other and ALL.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};

/// Maximum length of a choice in bytes; for a path, of all its components together.
pub const MAX_CHOICE_BYTES: usize = 1024;
/// Maximum number of components of a path.
pub const MAX_PATH_DEPTH: usize = 16;

/// A choice on an axis, as Stores hold it and queries return it.
///
/// The variants differ from every value: the texts `unset`, `(other)` and `__all__` are ordinary values.
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
    /// A path on a path axis.
    Path(Path),
    /// The kick left the axis out.
    Unset,
    /// A value beyond the cap of the axis.
    Other,
    /// Any choice; for queries only.
    All,
}

/// The components of a path from the root; marked when a further component was beyond the cap.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    components: Arc<[Arc<str>]>,
    other: bool,
}

impl Choice {
    /// Creates a value.
    pub fn value(text: impl AsRef<str>) -> Choice {
        Choice::Value(Arc::from(text.as_ref()))
    }

    /// Creates a path of components; [`Choice::All`], the root, without components.
    pub fn path<T: AsRef<str>>(components: impl IntoIterator<Item = T>) -> Choice {
        Choice::from_components(components.into_iter().map(|text| Arc::from(text.as_ref())).collect(), false)
    }

    /// Creates the *other* below a path, at which components beyond the cap are counted; [`Choice::Other`] below the
    /// root.
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

    /// Creates a path, which ends in *other* when `other` is set.
    pub(crate) fn from_components(components: Vec<Arc<str>>, other: bool) -> Choice {
        match (components.is_empty(), other) {
            (true, true) => Choice::Other,
            (true, false) => Choice::All,
            (false, _) => Choice::Path(Path { components: components.into(), other }),
        }
    }

    /// Returns the text of a value; none for paths and variants.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Choice::Value(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the path; none for values and variants.
    pub fn as_path(&self) -> Option<&Path> {
        match self {
            Choice::Path(path) => Some(path),
            _ => None,
        }
    }
}

impl Path {
    /// Returns the components from the root.
    pub fn components(&self) -> &[Arc<str>] {
        &self.components
    }

    /// Returns true when a further component was beyond the cap.
    pub fn is_other(&self) -> bool {
        self.other
    }

    /// Returns true when it equals `prefix` or is below it.
    pub fn starts_with(&self, prefix: &Path) -> bool {
        self == prefix || (!prefix.other && self.components.starts_with(&prefix.components))
    }
}

impl PartialEq<str> for Choice {
    /// Compares the text of a value; false for paths and variants.
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

/// A choice as an argument of a kick or a filter: text, an integer, a boolean, a path or a variant.
///
/// Integers stand for their decimal text and booleans for `true` and `false`: `19` and `"19"` are the same choice.
/// Floats have no conversion: format them as text.
///
/// ```
/// use staste::ChoiceInput;
/// let given = [("gender", ChoiceInput::from("girl")), ("age", ChoiceInput::from(18)), ("city", None::<&str>.into())];
/// # let _ = given;
/// ```
#[derive(Clone, Debug)]
pub enum ChoiceInput<'a> {
    /// Text.
    Text(&'a str),
    /// A signed integer.
    Integer(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A boolean.
    Bool(bool),
    /// The components of a path.
    Path(&'a [&'a str]),
    /// A choice that Staste returned.
    Choice(Choice),
    /// No choice: the axis is *unset*.
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

macro_rules! choice_from_integers {
    ($variant:ident as $wide:ty: $($narrow:ty),+) => {$(
        impl From<$narrow> for ChoiceInput<'_> {
            fn from(number: $narrow) -> Self {
                ChoiceInput::$variant(<$wide>::from(number))
            }
        }
    )+};
}
choice_from_integers!(Integer as i64: i8, i16, i32, i64);
choice_from_integers!(Unsigned as u64: u8, u16, u32, u64);

/// Checks the length of the text of a choice.
pub(crate) fn check_length(axis: &str, text: &str) -> Result<()> {
    if text.len() <= MAX_CHOICE_BYTES { Ok(()) } else { Err(too_long(axis, text, text.len())) }
}

/// Returns the error for a choice that is `length` bytes long.
#[cold]
pub(crate) fn too_long(axis: &str, text: &str, length: usize) -> Error {
    let truncated: String = text.chars().take(24).collect();
    Error::invalid_input(format!(
        "invalid choice {truncated:?}... on axis {axis}: {length} bytes long, at most {MAX_CHOICE_BYTES} are allowed"
    ))
}
