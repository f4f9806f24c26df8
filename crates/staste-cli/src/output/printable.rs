//! JSON that others wrote into, made safe for a terminal.

use std::fmt::Write;

use staste::text_format::is_unsafe;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_without_commands() {
        let text = "\u{9b}2J\u{202e}\u{7f}\u{e0001}\x1b é";
        let json = printable_json(&serde_json::to_string_pretty(text).unwrap());
        assert!(!json.chars().any(is_unsafe));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
