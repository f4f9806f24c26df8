//! `Percentile`: which part of the values of a distribution is at most the value that is returned.

use std::fmt;

use crate::error::{Error, Result};

/// Thousandths of a percent in a whole.
const WHOLE: u32 = 100_000;

/// A percentile: 0 to 100, in thousandths.
///
/// ```
/// use staste::Percentile;
/// assert_eq!(Percentile::new(99.9)?.to_string(), "p99.9");
/// assert_eq!(Percentile::parse("p95")?, Percentile::new(95.0)?);
/// assert_eq!(Percentile::parse("median")?, Percentile::MEDIAN);
/// assert!(Percentile::new(101.0).unwrap_err().is_invalid_input());
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentile {
    thousandths: u32,
}

impl Percentile {
    /// The smallest value.
    pub const MIN: Percentile = Percentile { thousandths: 0 };
    /// Half of the values are at most this one.
    pub const MEDIAN: Percentile = Percentile { thousandths: WHOLE / 2 };
    /// 95 % of the values are at most this one.
    pub const P95: Percentile = Percentile { thousandths: WHOLE / 100 * 95 };
    /// 99 % of the values are at most this one.
    pub const P99: Percentile = Percentile { thousandths: WHOLE / 100 * 99 };
    /// The largest value.
    pub const MAX: Percentile = Percentile { thousandths: WHOLE };

    /// Returns the percentile for a number of percent.
    ///
    /// # Errors
    /// When it is not in 0 to 100, or has more than three decimals.
    pub fn new(percent: f64) -> Result<Percentile> {
        let thousandths = percent * 1000.0;
        let rounded = thousandths.round();
        if !(0.0..=f64::from(WHOLE)).contains(&rounded) || (thousandths - rounded).abs() > 1e-6 {
            return Err(invalid(&percent.to_string()));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be at most 100,000"
        )]
        Ok(Percentile { thousandths: rounded as u32 })
    }

    /// Parses `95`, `p95`, `99.9`, `median`, `min` or `max`.
    ///
    /// # Errors
    /// When the text has another form.
    pub fn parse(text: &str) -> Result<Percentile> {
        match text {
            "min" => Ok(Percentile::MIN),
            "median" => Ok(Percentile::MEDIAN),
            "max" => Ok(Percentile::MAX),
            _ => {
                let number = text.strip_prefix('p').unwrap_or(text);
                let is_number =
                    number.chars().all(|character| character.is_ascii_digit() || character == '.');
                let percent = if is_number { number.parse().ok() } else { None };
                percent.and_then(|percent| Percentile::new(percent).ok()).ok_or_else(|| invalid(text))
            }
        }
    }

    /// Returns the number of percent.
    pub fn percent(self) -> f64 {
        f64::from(self.thousandths) / 1000.0
    }

    /// Returns the position of the percentile in `count` sorted values, counted from 0: an index, and the part of the way
    /// to the next one.
    pub(crate) fn position(self, count: i128) -> (i128, f64) {
        let scaled = (count - 1).max(0) * i128::from(self.thousandths);
        let whole = i128::from(WHOLE);
        // Below 100,000, which a float holds exactly.
        let rest = u32::try_from(scaled % whole).unwrap_or(0);
        (scaled / whole, f64::from(rest) / f64::from(WHOLE))
    }
}

fn invalid(text: &str) -> Error {
    Error::invalid_input(format!(
        "invalid percentile {text:?}: expected 0 to 100 with at most three decimals, such as 95 or 99.9, or median, min or max"
    ))
}

impl fmt::Display for Percentile {
    /// Formats `p95`; `min` and `max` for 0 and 100.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Percentile::MIN => f.pad("min"),
            Percentile::MAX => f.pad("max"),
            _ => f.pad(&format!("p{}", self.percent())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_percentiles_are_parsed_again() {
        for text in ["p50", "p95", "p99.9", "p99.999", "p0.5", "min", "max"] {
            assert_eq!(Percentile::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Percentile::parse("95").unwrap(), Percentile::P95);
        assert_eq!(Percentile::parse("p100").unwrap(), Percentile::MAX);
        for text in ["", "p", "q95", "100.1", "-1", "1e1", "NaN", "99.9999", "p 5", "inf", "."] {
            let error = Percentile::parse(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("invalid percentile {text:?}")), "{error}");
        }
    }

    #[test]
    fn position_is_between_the_closest_ranks() {
        assert_eq!(Percentile::MEDIAN.position(4), (1, 0.5));
        assert_eq!(Percentile::P95.position(101), (95, 0.0));
        assert_eq!(Percentile::MAX.position(7), (6, 0.0));
        assert_eq!(Percentile::MIN.position(1), (0, 0.0));
    }
}
