//! How far two clocks are apart, in words.

use std::fmt;

/// Seconds by which one clock is ahead of another, or behind where negative, in the largest unit of which there are two.
///
/// ```
/// assert_eq!(staste_core::Skew(730 * 86_400).to_string(), "730 days ahead of");
/// assert_eq!(staste_core::Skew(-600).to_string(), "10 minutes behind");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew(pub i64);

impl fmt::Display for Skew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 3] = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
        let seconds = self.0.unsigned_abs();
        let (unit, name) = UNITS.into_iter().find(|(unit, _)| seconds >= 2 * unit).unwrap_or((1, "seconds"));
        let direction = if self.0 < 0 { "behind" } else { "ahead of" };
        write!(f, "{} {name} {direction}", seconds / unit)
    }
}
