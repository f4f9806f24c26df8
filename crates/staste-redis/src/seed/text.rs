//! A choice as the part of a field: the original's text, with an escape where that means something else.
//!
//! The escape is a control character, U+001B, and a letter: `c` for a colon, `s` for a slash within the component
//! of a path, `e` for the character itself. `w` before a whole word says that the word is meant and not what
//! the original takes it for; `o` alone is *other*. The original wrote `True` and `False` for booleans.

const ESCAPE: char = '\u{1b}';
/// What stands for *other*.
pub(crate) const OTHER: &str = "\u{1b}o";
/// The booleans as they are counted, and as the original wrote them.
const BOOLEANS: [(&str, &str); 2] = [("true", "True"), ("false", "False")];

/// How an axis writes its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The whole part is one value.
    Value,
    /// Components are joined by slashes.
    Component,
}

/// The part of a text; `all` is the word for any choice.
pub(crate) fn encode(text: &str, form: Form, all: &str) -> String {
    if form == Form::Value
        && let Some((_, written)) = BOOLEANS.iter().find(|(counted, _)| *counted == text)
    {
        return (*written).to_owned();
    }
    if is_taken(text, form, all) {
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

/// How the part of a text may have been written: first as we do, then as the original wrote the same text.
pub(crate) fn spellings(text: &str, form: Form, all: &str) -> Vec<String> {
    let mut spellings = vec![encode(text, form, all)];
    if form == Form::Value && BOOLEANS.iter().any(|(counted, _)| *counted == text) {
        spellings.push(text.to_owned());
    }
    spellings
}

/// The text of a part that stands for a value; none when it is no part of ours and none of the original's
/// that is clear.
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
    // What is written in another way than ours is not ours: the character was in a value of the original.
    spellings(&text, form, all).iter().any(|spelling| spelling == part).then_some(text)
}

/// True for a text that the original takes for something else.
fn is_taken(text: &str, form: Form, all: &str) -> bool {
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
    fn texts_come_back_and_differ() {
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
    fn what_the_original_wrote_is_read() {
        for (part, text) in [("19", "19"), ("True", "true"), ("true", "true"), ("", ""), ("a/b", "a/b")] {
            assert_eq!(decode(part, Form::Value, "__all__").as_deref(), Some(text));
        }
        for part in ["a:b", "__all__", "\u{1b}", "\u{1b}x", "a\u{1b}wb", "\u{1b}wx", "\u{1b}s", OTHER] {
            assert_eq!(decode(part, Form::Value, "__all__"), None, "{part:?}");
        }
    }
}
