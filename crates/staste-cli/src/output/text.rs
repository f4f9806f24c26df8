//! Text fitted to a width in columns: wrapped or shortened.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Wraps text to lines of at most `width` columns, between words, and within words that are wider than a line.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for character in word.chars() {
            if !line.is_empty() && line.width() + character.width().unwrap_or(0) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    lines.extend(Some(line).filter(|line| !line.is_empty()));
    lines
}

/// Pads text to a width in columns.
pub(crate) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Cuts text to a width in columns, with an ellipsis in place of the rest.
pub(crate) fn shortened(text: &str, width: usize, unicode: bool) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let ellipsis = if unicode { "…" } else { "..." };
    let room = width.saturating_sub(ellipsis.width());
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if kept.width() > room {
            kept.pop();
            break;
        }
    }
    kept + ellipsis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_text_breaks_between_words_and_within_long_words() {
        assert_eq!(wrapped("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a bcdefghij k", 4), ["a", "bcde", "fghi", "j k"]);
        assert_eq!(wrapped("日本語 語", 5), ["日本", "語 語"]);
        assert_eq!(wrapped("日", 1), ["日"], "a letter wider than the line gets its own line");
        assert_eq!(wrapped("  ", 5), [""; 0]);
    }

    #[test]
    fn padded_text_has_a_display_width() {
        assert_eq!(
            (padded("größe", 7), padded("国", 4), padded("long", 2)),
            ("größe  ".into(), "国  ".into(), "long".into())
        );
    }

    #[test]
    fn shortened_text_is_cut_by_display_width() {
        assert_eq!(shortened("abc", 3, true), "abc");
        assert_eq!(shortened("abcd", 3, true), "ab…");
        assert_eq!(shortened("日本語", 5, true), "日本…");
        assert_eq!(shortened("日本語", 4, true), "日…");
        assert_eq!(shortened("abcdef", 5, false), "ab...");
    }
}
