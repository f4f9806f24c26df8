//! The difference between what the README shows and what a command printed.

use super::glob::{ANY_LINES, line_matches, lines_match};

/// More lines than this tell a person nothing new.
const SHOWN: usize = 12;

/// Where the two part, in a few lines; nothing when they match. Blank lines at the end do not count.
pub(super) fn between(expected: &[String], actual: &[String]) -> Option<String> {
    let (expected, actual) = (without_blank_end(expected), without_blank_end(actual));
    if lines_match(expected, actual) {
        return None;
    }
    // Up to the first hole the lines correspond one to one.
    let same = expected
        .iter()
        .zip(actual)
        .take_while(|(expected, actual)| expected.trim() != ANY_LINES && line_matches(expected, actual))
        .count();
    let mut text = String::new();
    if same > 0 {
        text.push_str(&format!("  ({same} equal lines)\n"));
    }
    show(&mut text, '-', expected.get(same..).unwrap_or_default());
    show(&mut text, '+', actual.get(same..).unwrap_or_default());
    text.push_str("  (- the README, + the command)");
    Some(text)
}

fn without_blank_end(lines: &[String]) -> &[String] {
    let end = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    lines.get(..end).unwrap_or_default()
}

fn show(text: &mut String, sign: char, lines: &[String]) {
    for line in lines.iter().take(SHOWN) {
        text.push_str(&format!("{sign} {line}\n"));
    }
    if let Some(more) = lines.len().checked_sub(SHOWN + 1) {
        text.push_str(&format!("{sign} ({} more lines)\n", more + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(expected: &str, actual: &str) -> Option<String> {
        let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
        between(&lines(expected), &lines(actual))
    }

    #[test]
    fn blank_lines_at_the_end_do_not_count() {
        assert_eq!(difference("a\n\n", "a\n"), None);
        assert_eq!(difference("", "\n"), None);
    }

    #[test]
    fn it_starts_where_the_two_part() {
        assert_eq!(
            difference("a\n[..]\nc", "a\nb\nd\ne").as_deref(),
            Some("  (2 equal lines)\n- c\n+ d\n+ e\n  (- the README, + the command)")
        );
    }

    #[test]
    fn long_output_is_cut() {
        let difference = difference("a", &"b\n".repeat(SHOWN + 3)).unwrap();
        assert!(difference.contains("+ (3 more lines)\n"), "{difference}");
    }
}
