//! `Reading` and `Total`: the totals and counts that a query returns.

use std::fmt;
use std::sync::Arc;

use crate::amount::distribution::Distribution;
use crate::amount::percentile::Percentile;
use crate::amount::query_amount::QueryAmount;

/// An exact total: the sum of values times the multiplier, which is divided out when it is formatted.
///
/// ```
/// use staste::Total;
/// let total = Total::new(1966, 100);
/// assert_eq!(total.to_string(), "19.66");
/// assert_eq!(total.as_f64(), 19.66);
/// assert_eq!(Total::new(37, 1), 37);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Total {
    raw: i128,
    multiplier: u32,
}

impl Total {
    /// Creates a total of `raw` units, `multiplier` of which make one.
    pub const fn new(raw: i128, multiplier: u32) -> Total {
        Total { raw, multiplier }
    }

    /// Returns the sum as cells store it: values times the multiplier.
    pub const fn raw(self) -> i128 {
        self.raw
    }

    /// Returns the number of raw units that make one.
    pub const fn multiplier(self) -> u32 {
        self.multiplier
    }

    /// Returns the total as an integer; none when it is not a whole number.
    pub fn as_integer(self) -> Option<i128> {
        let multiplier = i128::from(self.multiplier.max(1));
        (self.raw % multiplier == 0).then(|| self.raw / multiplier)
    }

    /// Returns the nearest float.
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is the documented result")]
    pub fn as_f64(self) -> f64 {
        self.raw as f64 / f64::from(self.multiplier.max(1))
    }
}

impl PartialEq for Total {
    /// Compares values regardless of multipliers: 1.00 equals 1.
    fn eq(&self, other: &Total) -> bool {
        self.partial_cmp(other) == Some(std::cmp::Ordering::Equal)
    }
}

impl PartialEq<i128> for Total {
    fn eq(&self, other: &i128) -> bool {
        self.as_integer() == Some(*other)
    }
}

impl PartialOrd<i128> for Total {
    fn partial_cmp(&self, other: &i128) -> Option<std::cmp::Ordering> {
        self.partial_cmp(&Total::new(*other, 1))
    }
}

impl PartialOrd for Total {
    fn partial_cmp(&self, other: &Total) -> Option<std::cmp::Ordering> {
        let crossed = |total: &Total, with: &Total| total.raw.checked_mul(i128::from(with.multiplier.max(1)));
        match (crossed(self, other), crossed(other, self)) {
            (Some(own), Some(others)) => Some(own.cmp(&others)),
            _ => self.as_f64().partial_cmp(&other.as_f64()),
        }
    }
}

impl fmt::Display for Total {
    /// Formats all decimals when the multiplier divides a power of ten, else nine.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let multiplier = u128::from(self.multiplier.max(1));
        let (whole, rest) = (self.raw.unsigned_abs() / multiplier, self.raw.unsigned_abs() % multiplier);
        let sign = if self.raw < 0 { "-" } else { "" };
        if rest == 0 {
            return f.pad(&format!("{sign}{whole}"));
        }
        let exact = (1..=18).find(|places| 10_u128.pow(*places) % multiplier == 0);
        let places = exact.unwrap_or(9);
        let fraction = rest * 10_u128.pow(places) / multiplier;
        let text = format!("{fraction:0width$}", width = places as usize);
        f.pad(&format!("{sign}{whole}.{}", text.trim_end_matches('0')))
    }
}

/// The total of some kicks, with their count when the Metrica is averaged.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// The sum of values.
    pub total: Total,
    /// The number of kicks; none for a plain Metrica.
    pub count: Option<i128>,
    /// The distribution of the values, if the query asked for it; see
    /// [`View::with_distribution`](crate::View::with_distribution).
    pub distribution: Option<Arc<Distribution>>,
}

impl Reading {
    /// Creates a reading without a distribution.
    pub const fn new(total: Total, count: Option<i128>) -> Reading {
        Reading { total, count, distribution: None }
    }

    /// Creates the reading of what a query summed up.
    pub(crate) fn of(sum: QueryAmount, multiplier: u32, is_averaged: bool, has_bins: bool) -> Reading {
        let QueryAmount { amount, distribution } = sum;
        Reading {
            total: Total::new(amount.total(), multiplier),
            count: is_averaged.then_some(amount.count()),
            distribution: has_bins.then(|| Arc::new(distribution.with_multiplier(multiplier))),
        }
    }

    /// Returns the reading of the same kicks and others.
    ///
    /// ```
    /// use staste::{Reading, Total};
    /// let (one, other) = (Reading::new(Total::new(766, 100), Some(2)), Reading::new(Total::new(34, 100), Some(1)));
    /// assert_eq!(one.plus(&other), Reading::new(Total::new(800, 100), Some(3)));
    /// assert_eq!(one.plus(&other).minus(&other), one);
    /// ```
    #[must_use]
    pub fn plus(&self, other: &Reading) -> Reading {
        self.combined(other, |one, other| one + other, |one, other| one + other)
    }

    /// Returns the reading of the kicks without some of them.
    #[must_use]
    pub fn minus(&self, other: &Reading) -> Reading {
        self.combined(other, |one, other| one - other, |one, other| one - other)
    }

    fn combined(
        &self,
        other: &Reading,
        number: impl Fn(i128, i128) -> i128,
        distribution: impl Fn(&Distribution, &Distribution) -> Distribution,
    ) -> Reading {
        let distributions = self.distribution.as_deref().zip(other.distribution.as_deref());
        Reading {
            total: Total::new(number(self.total.raw(), other.total.raw()), self.total.multiplier()),
            count: self.count.zip(other.count).map(|(one, other)| number(one, other)),
            distribution: distributions.map(|(one, other)| Arc::new(distribution(one, other))),
        }
    }

    /// Returns a percentile of the values; none without kicks, for a reading without a distribution, and if some kicks have
    /// no bin. See [`Distribution::percentile`].
    pub fn percentile(&self, percentile: Percentile) -> Option<f64> {
        self.distribution.as_deref()?.percentile(percentile)
    }

    /// Returns total divided by count; none without kicks, and for a plain Metrica.
    #[expect(clippy::cast_precision_loss, reason = "an average is a float")]
    pub fn average(&self) -> Option<f64> {
        let count = self.count.filter(|count| *count != 0)?;
        Some(self.total.raw() as f64 / (count as f64 * f64::from(self.total.multiplier().max(1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn total_is_formatted_exactly() {
        for (raw, multiplier, formatted) in [
            (0, 1, "0"),
            (i128::from(i64::MAX) * 4, 1, "36893488147419103228"),
            (-5, 100, "-0.05"),
            (1966, 100, "19.66"),
            (100, 100, "1"),
            (1, 8, "0.125"),
            (1, 3, "0.333333333"),
        ] {
            assert_eq!(Total::new(raw, multiplier).to_string(), formatted);
        }
    }

    #[test]
    fn average_is_rounded_once() {
        assert_eq!(Reading::new(Total::new(766, 100), Some(2)).average(), Some(3.83));
        assert_eq!(Reading::new(Total::new(0, 1), Some(0)).average(), None);
        assert_eq!(Reading::new(Total::new(5, 1), None).average(), None);
    }
}
