//! JSON that a terminal can show.

use std::fmt::Write;

use staste::text_format::is_unsafe;

/// Escapes the characters of JSON text that a terminal would act on. The JSON value stays the same.
pub(crate) fn printable_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        // All other control characters are line ends or are escaped already.
        if is_unsafe(character) && !character.is_ascii() || character == '\x7f' {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_json_has_the_same_value_and_no_control_characters() {
        let text = "\u{9b}2J\u{202e}\u{7f}\u{e0001}\x1b é";
        let json = printable_json(&serde_json::to_string_pretty(text).unwrap());
        assert!(!json.chars().any(is_unsafe));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
