//! `SafeText`: a text that is safe to show in a picture or a page.

use std::ops::Deref;

use maud::Render;
use staste_core::{Choice, text_format};

/// A text that others chose. Characters that hide or reorder text, or that XML cannot contain, are escaped.
///
/// ```
/// use staste_web::drawing::SafeText;
/// assert_eq!(&*SafeText::from("line\nbreak\u{202e}"), "line\\nbreak\\u{202e}");
/// assert_eq!(&*SafeText::from(&staste_core::Choice::value("")), "\"\"");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SafeText {
    shown: String,
    /// The exact text, where it differs.
    exact: Option<Box<str>>,
}

impl SafeText {
    /// The text without escapes, for programs: two texts that are shown alike may differ.
    pub fn exact(&self) -> &str {
        self.exact.as_deref().unwrap_or(&self.shown)
    }

    fn of(text: &str) -> SafeText {
        let shown = text_format::printable(text);
        // XML cannot contain these characters at all.
        let shown = shown.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
        SafeText { exact: (shown != text).then(|| text.into()), shown }
    }
}

impl From<std::borrow::Cow<'_, str>> for SafeText {
    fn from(text: std::borrow::Cow<'_, str>) -> SafeText {
        SafeText::of(&text)
    }
}

impl From<&str> for SafeText {
    fn from(text: &str) -> SafeText {
        SafeText::of(text)
    }
}

impl From<String> for SafeText {
    fn from(text: String) -> SafeText {
        SafeText::from(text.as_str())
    }
}

impl From<&Choice> for SafeText {
    /// A value that would look like nothing or like a variant is quoted.
    fn from(choice: &Choice) -> SafeText {
        SafeText::of(&text_format::to_text(choice))
    }
}

impl Deref for SafeText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.shown
    }
}

impl Render for SafeText {
    fn render_to(&self, buffer: &mut String) {
        self.shown.render_to(buffer);
    }
}

impl std::fmt::Display for SafeText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}
