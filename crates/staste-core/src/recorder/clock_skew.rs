//! `ClockSkew`: the difference of two clocks in words.

use std::fmt;

/// The seconds by which one clock is ahead of another, negative when it is behind. Formatted in the largest unit of
/// which there are at least two.
///
/// ```
/// assert_eq!(staste_core::ClockSkew(730 * 86_400).to_string(), "730 days ahead of");
/// assert_eq!(staste_core::ClockSkew(-600).to_string(), "10 minutes behind");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockSkew(pub i64);

impl fmt::Display for ClockSkew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.0 < 0 { "behind" } else { "ahead of" };
        write!(f, "{} {direction}", in_words(self.0.unsigned_abs()))
    }
}

/// Formats seconds in the largest unit of which there are at least two: `90 seconds`, `3 hours`.
pub(crate) fn in_words(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let whole = UNITS.into_iter().find(|(unit, _)| seconds >= 2 * unit);
    let (unit, name) = whole.unwrap_or((1, if seconds == 1 { "second" } else { "seconds" }));
    format!("{} {name}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_words_uses_the_largest_unit_of_which_there_are_two() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_199, "119 minutes"),
            (7_200, "2 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(in_words(seconds), words);
        }
    }
}
