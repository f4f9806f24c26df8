//! `Unit`: what the values of a Metrica are measured in, and how they are written for people.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::schema::unsafe_characters::is_unsafe;

/// Maximum length of a unit in bytes.
const MAX_UNIT_BYTES: usize = 24;
/// Units of time, and their length in seconds.
const TIMES: [(&str, f64); 6] =
    [("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("h", 3600.0)];
/// Units of sizes, each a thousand times the previous one.
const SIZES: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];

/// The unit of the values of a Metrica: `s`, `ms`, `bytes`, `EUR`, or any other word.
///
/// Values in units of time and in bytes are written in the unit that suits their size.
///
/// ```
/// use staste::Unit;
/// let seconds = Unit::parse("s")?;
/// assert_eq!(seconds.text(0.004, 2), "4.0 ms");
/// assert_eq!(seconds.text(90.0, 2), "90 s");
/// assert_eq!(Unit::parse("bytes")?.text(1_234_567.0, 3), "1.23 MB");
/// assert_eq!(Unit::parse("EUR")?.text(12.5, 4), "12.50 EUR");
/// assert!(Unit::parse("per\nsecond").unwrap_err().is_invalid_input());
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unit(Arc<str>);

impl Unit {
    /// Parses a unit.
    ///
    /// # Errors
    /// When it is empty, has more than 24 bytes, or characters that nobody sees.
    pub fn parse(text: &str) -> Result<Unit> {
        let is_visible = |character: char| !is_unsafe(character);
        if text.trim().is_empty()
            || text.trim() != text
            || text.len() > MAX_UNIT_BYTES
            || !text.chars().all(is_visible)
        {
            let truncated: String = text.chars().take(64).collect();
            return Err(Error::invalid_input(format!(
                "invalid unit {truncated:?}: expected a word such as s, ms, bytes or EUR, at most {MAX_UNIT_BYTES} bytes"
            )));
        }
        Ok(Unit(Arc::from(text)))
    }

    /// Returns it as it was given.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Returns true for units of time and bytes, of which larger and smaller ones are used as well.
    pub fn has_multiples(&self) -> bool {
        TIMES.iter().any(|(name, _)| *name == self.name()) || matches!(self.name(), "bytes" | "B")
    }

    /// Returns the text of a value for people, with about this many digits that are not zero.
    pub fn text(&self, value: f64, digits: usize) -> String {
        if value == 0.0 && self.has_multiples() {
            return "0".to_owned();
        }
        let (scaled, name) = self.scaled(value);
        format!("{} {name}", rounded(scaled, digits))
    }

    /// Returns a value in the unit that suits its size, and the name of that.
    fn scaled(&self, value: f64) -> (f64, &str) {
        if let Some((_, seconds)) = TIMES.iter().find(|(name, _)| *name == self.name()) {
            let seconds = value * seconds;
            let fits = |(_, length): &&(&str, f64)| seconds.abs() >= length * 0.9995;
            // Minutes are easier to read from two on.
            let longest = if seconds.abs() < 120.0 { 4 } else { TIMES.len() };
            let (name, length) = TIMES.iter().take(longest).rev().find(fits).copied().unwrap_or(("ns", 1e-9));
            return (seconds / length, if name == "us" { "\u{b5}s" } else { name });
        }
        if matches!(self.name(), "bytes" | "B") {
            let mut size = (value, 0);
            while size.0.abs() >= 999.5 && size.1 + 1 < SIZES.len() {
                size = (size.0 / 1000.0, size.1 + 1);
            }
            return (size.0, SIZES.get(size.1).copied().unwrap_or("B"));
        }
        (value, self.name())
    }
}

/// Returns a value with about this many digits, and no fewer than before the point.
fn rounded(value: f64, digits: usize) -> String {
    let before = if value == 0.0 { 1.0 } else { (value.abs() * 1.0005).log10().floor() + 1.0 };
    #[expect(clippy::cast_possible_truncation, reason = "the logarithm of a float is small")]
    let decimals = i64::try_from(digits).unwrap_or(0) - before as i64;
    let decimals = usize::try_from(decimals.clamp(0, 9)).unwrap_or(0);
    if value == 0.0 { "0".to_owned() } else { format!("{value:.decimals$}") }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_is_written_in_the_unit_that_suits_it() {
        for (unit, value, text) in [
            ("s", 0.004_012, "4.01 ms"),
            ("s", 0.000_05, "50.0 \u{b5}s"),
            ("s", 1.0, "1.00 s"),
            ("s", 0.9996, "1.00 s"),
            ("s", -0.25, "-250 ms"),
            ("s", 119.0, "119 s"),
            ("s", 120.0, "2.00 min"),
            ("s", 86_400.0, "24.0 h"),
            ("s", 0.0, "0"),
            ("ms", 1500.0, "1.50 s"),
            ("ms", 1e-9, "0.00100 ns"),
            ("bytes", 999.0, "999 B"),
            ("bytes", 1_000_000.0, "1.00 MB"),
            ("B", 2.5e18, "2500 PB"),
            ("EUR", 3493.1, "3493 EUR"),
            ("visits", 7.0, "7.00 visits"),
        ] {
            assert_eq!(Unit::parse(unit).unwrap().text(value, 3), text);
        }
    }

    #[test]
    fn invalid_unit_is_an_error_with_the_text() {
        for text in ["", " ", " s", "a\u{202e}b", "a\0", "a word that is far too long"] {
            let error = Unit::parse(text).unwrap_err().to_string();
            assert!(error.starts_with("invalid unit"), "{error}");
        }
    }
}
