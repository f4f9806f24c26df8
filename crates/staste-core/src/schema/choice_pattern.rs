//! `ChoicePattern`: a text with asterisks that stands for many choices of an axis.

use crate::schema::axis::AxisDefinition;
use crate::schema::choice::Choice;

/// A pattern of choices. An asterisk stands for any text, on a path axis within one component.
///
/// `\*` is an asterisk and `\\` a backslash; on a path axis `\/` is a slash within a component. A backslash before
/// another character is a backslash.
///
/// ```
/// use staste::{Axis, Choice, ChoicePattern, MemoryStore, Staste};
/// let staste = Staste::new(MemoryStore::new());
/// let visits = staste.metrica("visits").axis("page", Axis::path()).axis("agent", Axis::stored()).build()?;
/// let definition = visits.definition()?;
/// let (page, agent) = (&definition.stored_axes[0], &definition.stored_axes[1]);
///
/// let pattern = ChoicePattern::parse("/wp-*", page);
/// assert!(pattern.matches(&Choice::path(["wp-login.php"])));
/// assert!(!pattern.matches(&Choice::path(["wp-content", "x"])), "it is below wp-content, which matches");
/// assert!(ChoicePattern::parse("*/curl*", agent).matches(&Choice::value("x/y/curl 8")));
/// assert!(ChoicePattern::parse(r"\*", agent).matches(&Choice::value("*")));
/// assert!(!ChoicePattern::parse(r"\*", agent).matches(&Choice::value("x")));
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoicePattern {
    /// One for each component of a path, or one for a value.
    components: Vec<Wildcard>,
    is_path: bool,
}

/// A text with asterisks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wildcard {
    /// The literal parts that an asterisk follows.
    before: Vec<String>,
    /// The literal part at the end.
    end: String,
}

impl ChoicePattern {
    /// Parses a pattern for an axis. On a path axis, slashes separate components, and a leading slash is ignored.
    pub fn parse(text: &str, axis: &AxisDefinition) -> ChoicePattern {
        let is_path = axis.is_path();
        let text = if is_path { text.strip_prefix('/').unwrap_or(text) } else { text };
        let (mut components, mut component) = (Vec::new(), Wildcard::default());
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let is_escapable = |next: &char| matches!(next, '*' | '\\') || is_path && *next == '/';
            let escaped = if character == '\\' { characters.next_if(is_escapable) } else { None };
            match (character, escaped) {
                ('/', None) if is_path => components.push(std::mem::take(&mut component)),
                ('*', None) => component.before.push(std::mem::take(&mut component.end)),
                (character, escaped) => component.end.push(escaped.unwrap_or(character)),
            }
        }
        components.push(component);
        ChoicePattern { components, is_path }
    }

    /// Returns true if the pattern stands for the choice, which is neither *unset* nor *other*.
    pub fn matches(&self, choice: &Choice) -> bool {
        match choice {
            Choice::Value(text) if !self.is_path => self.components.iter().all(|part| part.matches(text)),
            Choice::Path(path) if self.is_path && !path.is_other() => {
                let components = path.components();
                components.len() == self.components.len()
                    && self.components.iter().zip(components).all(|(part, text)| part.matches(text))
            }
            _ => false,
        }
    }
}

impl Wildcard {
    /// Finds each part as early as possible, which is enough: what follows an asterisk may be anywhere later.
    fn matches(&self, text: &str) -> bool {
        let Some((first, middle)) = self.before.split_first() else { return text == self.end };
        let left = text.strip_prefix(first.as_str()).and_then(|left| left.strip_suffix(self.end.as_str()));
        let Some(mut left) = left else { return false };
        for part in middle {
            let Some(at) = left.find(part.as_str()) else { return false };
            left = left.get(at + part.len()..).unwrap_or_default();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::axis::Axis;

    fn matches(pattern: &str, value: &str) -> bool {
        let axis = Axis::stored().named("page").unwrap();
        ChoicePattern::parse(pattern, &axis).matches(&Choice::value(value))
    }

    fn matches_path(pattern: &str, path: &[&str]) -> bool {
        let axis = Axis::path().named("page").unwrap();
        ChoicePattern::parse(pattern, &axis).matches(&Choice::path(path))
    }

    #[test]
    fn asterisk_stands_for_any_text_of_a_value() {
        for (pattern, value) in [
            ("*", ""),
            ("*", "a/b"),
            ("a*", "a"),
            ("*.php", "x/y.php"),
            ("a*b*c", "a-b-b-c"),
            ("**", "x"),
            ("a*", "aż"),
        ] {
            assert!(matches(pattern, value), "{pattern} {value}");
        }
        for (pattern, value) in
            [("a*", "ba"), ("*a", "ab"), ("a*a", "a"), ("a*b*c", "acb"), ("a", "aa"), ("", "a")]
        {
            assert!(!matches(pattern, value), "{pattern} {value}");
        }
    }

    #[test]
    fn backslash_escapes_asterisks_and_backslashes_only() {
        for (pattern, value) in [
            (r"\*", "*"),
            (r"a\**", "a*b"),
            (r"\\*", r"\x"),
            (r"\\\*", r"\*"),
            (r"a\b", r"a\b"),
            ("a?[b]", "a?[b]"),
            (r"x\/y", r"x\/y"),
        ] {
            assert!(matches(pattern, value), "{pattern} {value}");
        }
        assert!(!matches(r"\*", "x") && !matches(r"\*", r"\x"));
    }

    #[test]
    fn asterisk_stays_within_a_component_of_a_path() {
        for (pattern, path) in [
            ("/wp-*", &["wp-login.php"][..]),
            ("wp-*/*", &["wp-content", "x"]),
            ("*/x", &["", "x"]),
            (r"a\/*", &["a/b"]),
            (r"a\*", &["a*"]),
        ] {
            assert!(matches_path(pattern, path), "{pattern} {path:?}");
        }
        for (pattern, path) in [("wp-*", &["wp-content", "x"][..]), ("*/*", &["x"]), (r"a\*", &["ab"])] {
            assert!(!matches_path(pattern, path), "{pattern} {path:?}");
        }
    }

    #[test]
    fn variants_match_no_pattern() {
        let axis = Axis::stored().named("page").unwrap();
        for variant in [Choice::Unset, Choice::Other, Choice::All] {
            assert!(!ChoicePattern::parse("*", &axis).matches(&variant));
        }
        assert!(
            !ChoicePattern::parse("*/*", &Axis::path().named("page").unwrap())
                .matches(&Choice::other_below(["a"]))
        );
    }
}
