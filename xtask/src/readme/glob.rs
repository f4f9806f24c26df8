//! Matching with holes, of lines in an output and of characters in a line.

/// Stands for any number of lines.
pub(super) const ANY_LINES: &str = "...";
/// Stands for any text inside a line.
const ANY_TEXT: &str = "[..]";

/// Whether the lines are those expected; blanks at the ends of lines do not count.
pub(super) fn lines_match(expected: &[String], actual: &[String]) -> bool {
    matches(
        expected,
        actual,
        |line| line.trim() == ANY_LINES,
        |expected, actual| line_matches(expected, actual),
    )
}

pub(super) fn line_matches(expected: &str, actual: &str) -> bool {
    let mut pattern: Vec<Option<char>> = Vec::new();
    for (index, piece) in expected.trim_end().split(ANY_TEXT).enumerate() {
        if index > 0 {
            pattern.push(None);
        }
        pattern.extend(piece.chars().map(Some));
    }
    let text: Vec<char> = actual.trim_end().chars().collect();
    matches(&pattern, &text, Option::is_none, |expected, actual| *expected == Some(*actual))
}

/// A hole takes as little as it can, and more each time that the rest does not match: no need to try any earlier
/// hole again, for whatever it could take more the last one can take too.
fn matches<P, T>(
    pattern: &[P],
    text: &[T],
    is_hole: impl Fn(&P) -> bool,
    equal: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    let mut last_hole: Option<(&[P], &[T])> = None;
    loop {
        match (pattern, text) {
            ([], []) => return true,
            ([head, rest @ ..], _) if is_hole(head) => {
                last_hole = Some((rest, text));
                pattern = rest;
            }
            ([head, pattern_rest @ ..], [item, text_rest @ ..]) if equal(head, item) => {
                (pattern, text) = (pattern_rest, text_rest);
            }
            _ => {
                let Some((after_hole, [_, longer @ ..])) = last_hole else { return false };
                last_hole = Some((after_hole, longer));
                (pattern, text) = (after_hole, longer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn match_lines(expected: &str, actual: &str) -> bool {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        lines_match(&lines(expected), &lines(actual))
    }

    #[test]
    fn without_holes_it_is_equality() {
        assert!(match_lines("a\n b", "a  \n b") && match_lines("", ""));
        assert!(!match_lines("a\nb", "a") && !match_lines("a", "a\nb") && !match_lines("a", " a"));
    }

    #[test]
    fn dots_are_any_lines() {
        assert!(match_lines("...", "") && match_lines("...", "a\nb") && match_lines("a\n...\nb", "a\nb"));
        assert!(match_lines("...\nb\n...\nd", "a\nb\nc\nb\nd\nd"));
        assert!(!match_lines("a\n...\nb", "a\nb\nc") && !match_lines("...\na", ""));
    }

    #[test]
    fn brackets_are_any_text_in_a_line() {
        assert!(line_matches("took [..] ms", "took 12 ms") && line_matches("[..]", ""));
        assert!(line_matches("[..]a[..]ab", "xaxaab") && line_matches("é[..]ü", "éxü"));
        assert!(!line_matches("took [..] ms", "took 12 s") && !line_matches("a[..]b", "ab c"));
    }
}
