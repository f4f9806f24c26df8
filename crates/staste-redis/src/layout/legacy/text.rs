//! A choice as a part of a field: the text as the original stores it, escaped where that would mean something else.
//!
//! An escape is the control character U+001B and a letter: `c` for a colon, `s` for a slash within the component of a
//! path, `e` for the control character. `w` before a reserved word stands for the word as a text; `o` alone is *other*.
//! The original stores booleans as `True` and `False`.

const ESCAPE: char = '\u{1b}';
/// The part of *other*.
pub(crate) const OTHER: &str = "\u{1b}o";
/// The booleans as they are counted, and as the original stores them.
const BOOLEANS: [(&str, &str); 2] = [("true", "True"), ("false", "False")];

/// How the texts of an axis are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A part is one value.
    Value,
    /// A part is a path of components, joined by slashes.
    Component,
}

/// Returns the part of a text; `all` is the word for any choice.
pub(crate) fn encode(text: &str, form: Form, all: &str) -> String {
    if form == Form::Value
        && let Some((_, written)) = BOOLEANS.iter().find(|(counted, _)| *counted == text)
    {
        return (*written).to_owned();
    }
    if is_reserved(text, form, all) {
        return format!("{ESCAPE}w{text}");
    }
    let mut part = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            ':' => part.extend([ESCAPE, 'c']),
            '/' if form == Form::Component => part.extend([ESCAPE, 's']),
            ESCAPE => part.extend([ESCAPE, 'e']),
            letter => part.push(letter),
        }
    }
    part
}

/// Returns the parts that a text can have: first that of this program, then that of the original.
pub(crate) fn spellings(text: &str, form: Form, all: &str) -> Vec<String> {
    let mut spellings = vec![encode(text, form, all)];
    if form == Form::Value && BOOLEANS.iter().any(|(counted, _)| *counted == text) {
        spellings.push(text.to_owned());
    }
    spellings
}

/// Returns the text of a part; none if the part could mean something else.
pub(crate) fn decode(part: &str, form: Form, all: &str) -> Option<String> {
    if form == Form::Value
        && let Some((counted, _)) = BOOLEANS.iter().find(|(_, written)| *written == part)
    {
        return Some((*counted).to_owned());
    }
    if part == all || part.contains(':') || (form == Form::Component && part.contains('/')) {
        return None;
    }
    let mut letters = part.chars();
    let mut text = String::with_capacity(part.len());
    while let Some(letter) = letters.next() {
        match (letter == ESCAPE).then(|| letters.next()) {
            None => text.push(letter),
            Some(Some('c')) => text.push(':'),
            Some(Some('s')) => text.push('/'),
            Some(Some('e')) => text.push(ESCAPE),
            Some(Some('w')) if text.is_empty() => {}
            Some(_) => return None,
        }
    }
    // A part that this program would store differently is the original's, with the control character in its text.
    spellings(&text, form, all).iter().any(|spelling| spelling == part).then_some(text)
}

/// Returns true for a text that means something else to the original.
fn is_reserved(text: &str, form: Form, all: &str) -> bool {
    text == all || (form == Form::Value && BOOLEANS.iter().any(|(_, written)| *written == text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: [&str; 22] = [
        "",
        "a",
        "a:b",
        ":",
        "::",
        "a/b",
        "/",
        "__all__",
        "x__all__",
        "\u{1b}",
        "\u{1b}o",
        "\u{1b}w__all__",
        "\u{1b}c",
        "\0",
        "😀",
        "true",
        "false",
        "True",
        "False",
        "None",
        "p q",
        "(other)",
    ];

    #[test]
    fn hostile_text_round_trips() {
        for form in [Form::Value, Form::Component] {
            let mut seen = std::collections::HashSet::new();
            for text in HOSTILE {
                let part = encode(text, form, "__all__");
                assert!(!part.contains(':') && part != "__all__" && part != OTHER, "{part:?}");
                assert!(form == Form::Value || !part.contains('/'), "{part:?}");
                assert_eq!(decode(&part, form, "__all__").as_deref(), Some(text), "{part:?}");
                assert!(seen.insert(part));
            }
        }
    }

    #[test]
    fn part_of_the_original_is_decoded() {
        for (part, text) in [("19", "19"), ("True", "true"), ("true", "true"), ("", ""), ("a/b", "a/b")] {
            assert_eq!(decode(part, Form::Value, "__all__").as_deref(), Some(text));
        }
        for part in ["a:b", "__all__", "\u{1b}", "\u{1b}x", "a\u{1b}wb", "\u{1b}wx", "\u{1b}s", OTHER] {
            assert_eq!(decode(part, Form::Value, "__all__"), None, "{part:?}");
        }
    }
}
