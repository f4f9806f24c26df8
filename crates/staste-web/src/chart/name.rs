//! `Name`: a text that may stand in a picture.

use std::ops::Deref;

use maud::Render;
use staste_core::{Choice, text_format};

/// A text of others, in which nothing hides, reorders or is no character of XML: such marks are written as
/// escapes.
///
/// ```
/// use staste_web::chart::Name;
/// assert_eq!(&*Name::from("line\nbreak\u{202e}"), "line\\nbreak\\u{202e}");
/// assert_eq!(&*Name::from(&staste_core::Choice::value("")), "\"\"");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    shown: String,
    /// As programs are told of it, where that is another.
    exact: Option<Box<str>>,
}

impl Name {
    /// The text as it is, for programs: two names that are shown alike may differ.
    pub fn exact(&self) -> &str {
        self.exact.as_deref().unwrap_or(&self.shown)
    }

    fn of(text: &str) -> Name {
        let shown = text_format::printable(text);
        // Characters that XML has no place for at all.
        let shown = shown.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
        Name { exact: (shown != text).then(|| text.into()), shown }
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Name {
        Name::of(text)
    }
}

impl From<String> for Name {
    fn from(text: String) -> Name {
        Name::from(text.as_str())
    }
}

impl From<&Choice> for Name {
    /// As it is shown everywhere: a value that would look like nothing or like a variant is quoted.
    fn from(choice: &Choice) -> Name {
        Name::of(&text_format::to_text(choice))
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.shown
    }
}

impl Render for Name {
    fn render_to(&self, buffer: &mut String) {
        self.shown.render_to(buffer);
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}
