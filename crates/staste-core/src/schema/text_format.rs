//! The text form of choices and periods in commands, addresses and tables: `axis=value`, `axis:unset`,
//! `page=blog/2013`.
//!
//! Slashes separate the components of a path; a slash or a backslash within a component is written `\/` or `\\`. Values
//! of other axes are written unchanged.
//!
//! ```
//! use staste::{Axis, MemoryStore, Staste, text_format};
//! let staste = Staste::new(MemoryStore::new());
//! let visits = staste.metrica("visits").axis("page", Axis::path()).build()?;
//! let (axis, choice) = text_format::parse("page=blog/2013", &*visits.define()?)?;
//! assert_eq!((axis.as_str(), text_format::choice(&choice).as_str()), ("page", "blog/2013"));
//! # Ok::<(), staste::Error>(())
//! ```

use std::borrow::Cow;
use std::fmt::Write;

use crate::error::{Error, Result};
use crate::schema::axis::{AxisDefinition, AxisKind};
use crate::schema::choice::Choice;
use crate::schema::definition::Definition;
pub use crate::schema::unsafe_characters::is_unsafe;
use crate::time::Scale;

/// Parses `axis=value` and the variants `axis:unset` and `axis:other`, for the axes of a definition.
///
/// # Errors
/// When it has another form, or the Metrica has no such axis.
pub fn parse(text: &str, definition: &Definition) -> Result<(String, Choice)> {
    let invalid = || {
        Error::invalid_input(format!(
            "invalid choice {text:?}: expected axis=value, axis:unset or axis:other; {}",
            example(definition)
        ))
    };
    let at = text.find(['=', ':']).ok_or_else(invalid)?;
    let (axis, rest) = text.split_at(at);
    let index = definition.axis_index(axis)?;
    let known = definition.stored_axes.get(index).ok_or_else(invalid)?;
    let choice = match (rest.strip_prefix('='), rest) {
        (Some(value), _) => value_of(known, value),
        (_, ":unset") => Choice::Unset,
        (_, ":other") => Choice::Other,
        (_, _) => {
            return Err(Error::invalid_input(format!(
                "invalid choice {text:?}: expected {axis}:unset or {axis}:other; a value is written after an equals sign: \
                 {axis}={}",
                rest.trim_start_matches(':')
            )));
        }
    };
    Ok((axis.to_owned(), choice))
}

fn value_of(axis: &AxisDefinition, value: &str) -> Choice {
    match axis.kind {
        AxisKind::Path => Choice::path(components(value)),
        AxisKind::Declared(_) | AxisKind::Stored => Choice::value(value),
    }
}

fn example(definition: &Definition) -> String {
    match definition.axes().next() {
        Some(axis) => format!(
            "metrica {} has the axis {}, so for example {}=...",
            definition.name, axis.name, axis.name
        ),
        None => format!("metrica {} has no axes", definition.name),
    }
}

/// Splits a path into its components. A leading slash is ignored.
fn components(text: &str) -> Vec<String> {
    let mut components = vec![String::new()];
    let mut characters = text.strip_prefix('/').unwrap_or(text).chars().peekable();
    while let Some(character) = characters.next() {
        let escaped =
            if character == '\\' { characters.next_if(|next| matches!(next, '/' | '\\')) } else { None };
        match (character, components.last_mut()) {
            ('/', _) => components.push(String::new()),
            (character, Some(last)) => last.push(escaped.unwrap_or(character)),
            (_, None) => {}
        }
    }
    components
}

/// Formats a choice as in commands and addresses, without its axis; variants as in tables.
pub fn choice(choice: &Choice) -> String {
    let Choice::Path(path) = choice else { return choice.to_string() };
    let escaped = |component: &str| component.replace('\\', "\\\\").replace('/', "\\/");
    let mut components: Vec<String> = path.components().iter().map(|component| escaped(component)).collect();
    if components.first().is_some_and(String::is_empty) {
        // Otherwise the slash after an empty first component would be ignored as a leading slash.
        components.insert(0, String::new());
    }
    if path.is_other() {
        components.push("(other)".to_owned());
    }
    components.join("/")
}

/// Parses a number of periods: `30m`, `24h`, `7d`, `4w`, `6mo`, `2q` or `3y`.
///
/// ```
/// use staste::{Scale, text_format};
/// assert_eq!(text_format::periods("6mo")?, (6, Scale::Month));
/// # Ok::<(), staste::Error>(())
/// ```
///
/// # Errors
/// When the text has another form.
pub fn periods(text: &str) -> Result<(u32, Scale)> {
    let invalid = || {
        Error::invalid_input(format!(
            "invalid number of periods {text:?}: expected one such as 30m, 24h, 7d, 4w, 6mo, 2q or 3y"
        ))
    };
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let scale = match unit {
        "m" => Scale::Minute,
        "h" => Scale::Hour,
        "d" => Scale::Day,
        "w" => Scale::Week,
        "mo" => Scale::Month,
        "q" => Scale::Quarter,
        "y" => Scale::Year,
        _ => return Err(invalid()),
    };
    Ok((count.parse().map_err(|_| invalid())?, scale))
}

/// Escapes control characters and marks that reorder or hide text, such as `\u{1b}`, so that a terminal does not
/// interpret them.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            other if is_unsafe(other) => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(other));
            }
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// Formats a choice for people. A value that looks empty or like a variant is quoted, and unsafe characters are
/// escaped.
pub fn display(choice: &Choice) -> String {
    printable(&to_text(choice)).into_owned()
}

/// Formats a choice for programs: different choices of an axis have different texts. A value that looks empty or like a
/// variant is quoted.
pub fn to_text(choice: &Choice) -> String {
    let text = self::choice(choice);
    let ambiguous = text.is_empty()
        || text.starts_with('"')
        || text.trim() != text
        || matches!(text.as_str(), "(unset)" | "(other)" | "(all)");
    match choice {
        Choice::Value(_) | Choice::Path(_) if ambiguous => format!("\"{text}\""),
        Choice::Value(_) | Choice::Path(_) => text,
        variant => variant.to_string(),
    }
}

/// The characters with which a spreadsheet begins a formula, full-width forms included.
const FORMULA_STARTS: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Formats a text as a CSV cell that no spreadsheet interprets as a formula, since visitors may choose what is counted.
/// A text that begins like a formula and is not a number gets an apostrophe, and so does a text that looks like the
/// result. [`csv_text`] is the inverse.
///
/// ```
/// use staste::text_format::{csv_cell, csv_text};
/// assert_eq!([csv_cell("=1+2"), csv_cell("-5"), csv_cell("it's")], ["'=1+2", "-5", "it's"]);
/// assert!(["=1", "'=1", "''-x", "-1"].iter().all(|text| csv_text(&csv_cell(text)) == *text));
/// ```
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    if is_like_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Returns the text of a cell that [`csv_cell`] formatted.
pub fn csv_text(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_like_formula(text)).unwrap_or(cell)
}

fn is_like_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA_STARTS) && text.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_survives_its_text_form() {
        for (text, expected) in [
            ("blog/2013", vec!["blog", "2013"]),
            ("/blog", vec!["blog"]),
            ("a\\/b/c", vec!["a/b", "c"]),
            ("a\\\\/c", vec!["a\\", "c"]),
            ("a\\b", vec!["a\\b"]),
            ("a//c/", vec!["a", "", "c", ""]),
            ("//a", vec!["", "a"]),
            ("", vec![""]),
        ] {
            assert_eq!(components(text), expected, "{text}");
            assert_eq!(components(&choice(&Choice::path(&expected))), expected, "{text}");
        }
    }

    #[test]
    fn printable_escapes_terminal_commands_and_hidden_marks() {
        assert_eq!(printable("\x1b[31mred\u{9b}2J\n"), "\\u{1b}[31mred\\u{9b}2J\\n");
        assert_eq!(printable("a\u{202e}b\u{200b}"), "a\\u{202e}b\\u{200b}");
        assert_eq!(printable("żółw 🐢"), "żółw 🐢");
    }

    #[test]
    fn value_that_looks_like_a_variant_is_quoted() {
        assert_eq!(display(&Choice::Unset), "(unset)");
        assert_eq!(display(&Choice::value("(unset)")), "\"(unset)\"");
        assert_eq!(display(&Choice::value("")), "\"\"");
        assert_eq!(display(&Choice::value(" a")), "\" a\"");
        assert_eq!(display(&Choice::path(["a/b", "c"])), "a\\/b/c");
    }

    #[test]
    fn periods_are_parsed_with_their_unit() {
        for (text, expected) in [
            ("30m", (30, Scale::Minute)),
            ("7d", (7, Scale::Day)),
            ("6mo", (6, Scale::Month)),
            ("1y", (1, Scale::Year)),
        ] {
            assert_eq!(periods(text).unwrap(), expected);
        }
        for text in ["", "d", "7", "7days", "-7d", "7.5d", "99999999999d", "7M"] {
            assert!(periods(text).is_err(), "{text}");
        }
    }

    #[test]
    fn csv_cell_guards_every_form_of_formula_and_is_reversible() {
        let forms = FORMULA_STARTS.iter().flat_map(|first| {
            [format!("{first}1+2"), format!("'{first}x"), format!("{first}"), format!("''{first}SUM(A1)")]
        });
        for text in forms {
            let cell = csv_cell(&text);
            assert!(cell.starts_with('\'') && csv_text(&cell) == text, "{text:?}: {cell:?}");
        }
        for text in ["", "-5", "+1.5e3", "'", "it's", "'quoted'", "a=b", "\u{ff1c}b"] {
            assert!(csv_cell(text) == text && csv_text(text) == text, "{text:?}");
        }
    }
}
