//! `Limit`: the limit of a share of values.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::error::{Error, Result};

/// A finite number below which a share of values is counted, such as 0.3 for responses within 300 ms.
///
/// ```
/// use staste::{Limit, Measure};
/// assert_eq!(Measure::ShareBelow(Limit::new(0.3)?), Measure::parse("below0.3")?);
/// assert!(Limit::parse("300 ms").unwrap_err().is_invalid_input());
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit(f64);

impl Limit {
    /// Returns the limit of a number.
    ///
    /// # Errors
    /// When it is not finite.
    pub fn new(value: f64) -> Result<Limit> {
        // Both zeros are the same limit.
        if value.is_finite() { Ok(Limit(value + 0.0)) } else { Err(invalid(&value.to_string())) }
    }

    /// Parses a decimal number.
    ///
    /// # Errors
    /// When the text is not a finite number.
    pub fn parse(text: &str) -> Result<Limit> {
        text.parse().ok().and_then(|value| Limit::new(value).ok()).ok_or_else(|| invalid(text))
    }

    /// Returns the number.
    pub const fn value(self) -> f64 {
        self.0
    }
}

fn invalid(text: &str) -> Error {
    Error::invalid_input(format!(
        "invalid limit {text:?}: expected a number in the unit of the values, such as 0.3"
    ))
}

// Not NaN, so that equality is reflexive.
impl Eq for Limit {}

impl Hash for Limit {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.to_bits().hash(hasher);
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
