//! Text that others wrote, made safe for a terminal.

use std::borrow::Cow;
use std::fmt::Write;

use staste::Choice;

use crate::choice_text;

/// The text with control characters, terminal escapes and marks that reorder or hide text written as
/// escapes such as `\u{1b}`.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            other if is_unsafe(other) => {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(other));
            }
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

/// JSON whose texts hold nothing a terminal would obey; to programs it says the same.
pub(crate) fn printable_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        // Other control characters are line ends, or escaped already.
        if is_unsafe(character) && !character.is_ascii() || character == '\x7f' {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    shown
}

fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// A choice for a table. A value that would look like nothing or like a variant is quoted.
pub(crate) fn choice_text(choice: &Choice) -> String {
    let text = choice_text::written(choice);
    let ambiguous = text.is_empty()
        || text.starts_with('"')
        || text.trim() != text
        || matches!(text.as_str(), "(unset)" | "(other)" | "(all)");
    match choice {
        Choice::Value(_) | Choice::Path(_) if ambiguous => format!("\"{}\"", printable(&text)),
        Choice::Value(_) | Choice::Path(_) => printable(&text).into_owned(),
        variant => variant.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_as_a_command() {
        assert_eq!(printable("\x1b[31mred\u{9b}2J\n"), "\\u{1b}[31mred\\u{9b}2J\\n");
        assert_eq!(printable("a\u{202e}b\u{200b}"), "a\\u{202e}b\\u{200b}");
        assert_eq!(printable("żółw 🐢"), "żółw 🐢");
    }

    #[test]
    fn json_says_the_same_without_commands() {
        let text = "\u{9b}2J\u{202e}\u{7f}\u{e0001}\x1b é";
        let json = printable_json(&serde_json::to_string_pretty(text).unwrap());
        assert!(!json.chars().any(is_unsafe));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn values_do_not_look_like_variants() {
        assert_eq!(choice_text(&Choice::Unset), "(unset)");
        assert_eq!(choice_text(&Choice::value("(unset)")), "\"(unset)\"");
        assert_eq!(choice_text(&Choice::value("")), "\"\"");
        assert_eq!(choice_text(&Choice::value(" a")), "\" a\"");
        assert_eq!(choice_text(&Choice::path(["a/b", "c"])), "a\\/b/c");
    }
}
