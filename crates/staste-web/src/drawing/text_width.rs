//! The estimated width of texts in pictures, and texts that are cut to fit.

use std::borrow::Cow;

/// Estimates the width of a text in a sans-serif font of a size.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// Estimates the advance of a character in parts of the size, rather wider than in Inter, Roboto and Segoe UI.
fn advance(character: char) -> f64 {
    match character {
        'i' | 'l' | 'j' | '.' | ',' | '\'' | '|' | '!' | ':' | ';' | 'I' => 0.29,
        'f' | 't' | 'r' | ' ' | '(' | ')' | '[' | ']' | '/' | '\\' | '-' | '"' => 0.39,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.92,
        '\u{2026}' => 0.85,
        // Combining marks take no width.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        'A'..='Z' | '0'..='9' | '\u{2212}' => 0.68,
        // Full-width scripts, and emoji.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f000}'..='\u{3ffff}' => 1.05,
        _ => 0.6,
    }
}

/// Cuts a text that is too long for a width, with an ellipsis.
pub(super) fn fit(text: &str, size: f64, max: f64) -> Cow<'_, str> {
    if width(text, size) <= max {
        return Cow::Borrowed(text);
    }
    let mut room = max - advance('\u{2026}') * size;
    let mut cut = String::new();
    for character in text.chars() {
        room -= advance(character) * size;
        if room < 0.0 {
            break;
        }
        cut.push(character);
    }
    cut.truncate(cut.trim_end().len());
    cut.push('\u{2026}');
    Cow::Owned(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_to_fit() {
        assert_eq!(fit("short", 12.0, 100.0), "short");
        for long in ["a".repeat(1000), "漢字".repeat(500), "🐢".repeat(300), "w w ".repeat(300)] {
            let cut = fit(&long, 12.0, 100.0);
            assert!(cut.ends_with('\u{2026}') && width(&cut, 12.0) <= 100.0, "{cut}");
            assert!(width(&cut, 12.0) > 70.0, "{cut}");
        }
        assert_eq!(fit("abc", 12.0, 0.0), "\u{2026}");
    }
}
