//! Choices as they are written on the command line: `axis=value`, `axis:unset`, `page=blog/2013`.
//!
//! The components of a path stand between slashes; a slash or a backslash within one is written `\/` and
//! `\\`. Values of other axes are text as it is.

use staste::{AxisDefinition, AxisKind, Choice, Definition};

use crate::failure::{Failure, Result};

/// Reads `axis=value` and the variants `axis:unset` and `axis:other`, as the definition's axes take them.
///
/// # Errors
/// When it is not of this form, or the Metrica has no such axis.
pub(crate) fn parse(text: &str, definition: &Definition) -> Result<(String, Choice)> {
    let shape = || {
        Failure::input(format!("{text:?} is not a choice: write axis=value, axis:unset or axis:other"))
            .help(example(definition))
    };
    let at = text.find(['=', ':']).ok_or_else(shape)?;
    let (axis, rest) = text.split_at(at);
    let index = definition.axis_index(axis)?;
    let known = definition.axes.get(index).ok_or_else(shape)?;
    let choice = match (rest.strip_prefix('='), rest) {
        (Some(value), _) => value_of(known, value),
        (_, ":unset") => Choice::Unset,
        (_, ":other") => Choice::Other,
        (_, _) => {
            return Err(Failure::input(format!(
                "{text:?} names no variant of a choice: there are {axis}:unset and {axis}:other"
            ))
            .help(format!(
                "a value is written after an equals sign: {axis}={}",
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
    match definition.axes.first() {
        Some(axis) => format!(
            "metrica {} has the axis {}, so for example {}=...",
            definition.name, axis.name, axis.name
        ),
        None => format!("metrica {} has no axes", definition.name),
    }
}

/// The components of a path; a slash at the very start is none.
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

/// A choice as it is written on the command line, without its axis; variants as they are shown.
pub(crate) fn written(choice: &Choice) -> String {
    let Choice::Path(path) = choice else { return choice.to_string() };
    let escaped = |component: &str| component.replace('\\', "\\\\").replace('/', "\\/");
    let mut components: Vec<String> = path.components().iter().map(|component| escaped(component)).collect();
    if components.first().is_some_and(String::is_empty) {
        // Else the slash after an empty first component would be taken for a root.
        components.insert(0, String::new());
    }
    if path.is_other() {
        components.push("(other)".to_owned());
    }
    components.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_written() {
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
            assert_eq!(components(&written(&Choice::path(&expected))), expected, "{text}");
        }
    }
}
