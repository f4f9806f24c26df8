//! `Measure`: the numbers of a reading by name: total, count, average, percentiles and shares.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use crate::amount::limit::Limit;
use crate::amount::percentile::Percentile;
use crate::amount::reading::{Reading, Total};
use crate::error::{Error, Result};

/// The beginning of the names of shares.
const SHARE_BELOW: &str = "below";

/// A number of a reading, by name.
///
/// ```
/// use staste::{Measure, Percentile, Reading, Total};
/// let reading = Reading::new(Total::new(766, 100), Some(2));
/// let measure = Measure::parse("average")?;
/// assert_eq!(measure.of(&reading).unwrap().to_string(), "3.83");
/// assert_eq!(Measure::parse("p95")?, Measure::Percentile(Percentile::P95));
/// assert!(Measure::parse("mode").unwrap_err().is_invalid_input());
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Measure {
    /// The sum of values.
    #[default]
    Total,
    /// The number of kicks.
    Count,
    /// Total divided by count.
    Average,
    /// A percentile of the values; see [`Distribution::percentile`](crate::Distribution::percentile).
    Percentile(Percentile),
    /// The share of values that are at most a limit; see
    /// [`Distribution::share_at_most`](crate::Distribution::share_at_most).
    ShareBelow(Limit),
}

/// The value of a measure, exact when that is possible.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measurement {
    /// A sum of values.
    Total(Total),
    /// A number of kicks.
    Count(i128),
    /// A mean of values.
    Average(f64),
    /// A percentile of values.
    Percentile(f64),
    /// A share of values, 0 to 1.
    Share(f64),
}

impl Measure {
    /// The measures of an averaged Metrica, in the order of columns.
    pub const AVERAGED: [Measure; 3] = [Measure::Total, Measure::Count, Measure::Average];

    /// The measures that are shown of a distribution, in the order of columns. It has every other percentile too.
    pub const DISTRIBUTION: [Measure; 6] = [
        Measure::Total,
        Measure::Count,
        Measure::Average,
        Measure::Percentile(Percentile::MEDIAN),
        Measure::Percentile(Percentile::P95),
        Measure::Percentile(Percentile::P99),
    ];

    /// Returns the name, as in URLs and files.
    pub fn name(self) -> Cow<'static, str> {
        match self {
            Measure::Total => Cow::Borrowed("total"),
            Measure::Count => Cow::Borrowed("count"),
            Measure::Average => Cow::Borrowed("average"),
            Measure::Percentile(percentile) => Cow::Owned(percentile.to_string()),
            Measure::ShareBelow(limit) => Cow::Owned(format!("{SHARE_BELOW}{limit}")),
        }
    }

    /// Parses the name of a measure: `total`, `count`, `average`, `median`, `min`, `max`, a percentile such as `p95`, or the
    /// share below a limit, such as `below0.3`.
    ///
    /// # Errors
    /// When no measure has this name.
    pub fn parse(name: &str) -> Result<Measure> {
        match name {
            "total" => return Ok(Measure::Total),
            "count" => return Ok(Measure::Count),
            "average" => return Ok(Measure::Average),
            _ => {}
        }
        if let Some(limit) = name.strip_prefix(SHARE_BELOW) {
            return Ok(Measure::ShareBelow(Limit::parse(limit)?));
        }
        let is_percentile = name.starts_with('p') || matches!(name, "median" | "min" | "max");
        let percentile = if is_percentile { Percentile::parse(name).ok() } else { None };
        percentile.map(Measure::Percentile).ok_or_else(|| {
            Error::invalid_input(format!(
                "invalid measure {name:?}: expected total, count, average, median, min, max, a percentile such as p95, or \
                 a share such as below0.3"
            ))
        })
    }

    /// Returns true if a query has to read the distribution of values for it.
    pub const fn needs_distribution(self) -> bool {
        matches!(self, Measure::Percentile(_) | Measure::ShareBelow(_))
    }

    /// Returns true for percentiles.
    pub const fn is_percentile(self) -> bool {
        matches!(self, Measure::Percentile(_))
    }

    /// Returns true if its values have the unit of the values of the Metrica.
    pub const fn has_unit(self) -> bool {
        !matches!(self, Measure::Count | Measure::ShareBelow(_))
    }

    /// Returns its value in a reading; none for averages and percentiles of no kicks, for counts and averages of a plain
    /// Metrica, and for percentiles of a reading without a distribution or of kicks without a bin.
    pub fn of(self, reading: &Reading) -> Option<Measurement> {
        match self {
            Measure::Total => Some(Measurement::Total(reading.total)),
            Measure::Count => reading.count.map(Measurement::Count),
            Measure::Average => reading.average().map(Measurement::Average),
            Measure::Percentile(percentile) => reading.percentile(percentile).map(Measurement::Percentile),
            Measure::ShareBelow(limit) => share_below(reading, limit).map(Measurement::Share),
        }
    }

    /// Compares two readings by this measure; a reading without the value comes first.
    pub fn compare(self, one: &Reading, other: &Reading) -> Ordering {
        match self {
            Measure::Total => one.total.raw().cmp(&other.total.raw()),
            Measure::Count => one.count.cmp(&other.count),
            Measure::Average => one.average().partial_cmp(&other.average()).unwrap_or(Ordering::Equal),
            Measure::Percentile(percentile) => one
                .percentile(percentile)
                .partial_cmp(&other.percentile(percentile))
                .unwrap_or(Ordering::Equal),
            Measure::ShareBelow(limit) => {
                share_below(one, limit).partial_cmp(&share_below(other, limit)).unwrap_or(Ordering::Equal)
            }
        }
    }

    /// Returns the measure by which parts of a whole add up and are ordered: the count for averages, percentiles and shares.
    ///
    /// ```
    /// use staste::Measure;
    /// assert_eq!(Measure::Total.additive(), Measure::Total);
    /// assert_eq!(Measure::Average.additive(), Measure::Count);
    /// ```
    #[must_use]
    pub const fn additive(self) -> Measure {
        match self {
            Measure::Total => Measure::Total,
            Measure::Count | Measure::Average | Measure::Percentile(_) | Measure::ShareBelow(_) => {
                Measure::Count
            }
        }
    }

    /// Returns true when its values of the parts of a whole add up to that of the whole.
    pub const fn is_additive(self) -> bool {
        matches!(self, Measure::Total | Measure::Count)
    }

    /// Returns true when all its values are whole numbers in a Metrica with this multiplier.
    pub const fn is_whole(self, multiplier: u32) -> bool {
        match self {
            Measure::Total => multiplier == 1,
            Measure::Count => true,
            Measure::Average | Measure::Percentile(_) | Measure::ShareBelow(_) => false,
        }
    }
}

fn share_below(reading: &Reading, limit: Limit) -> Option<f64> {
    reading.distribution.as_ref()?.share_at_most(limit.value()).ok()?.map(|share| share.share)
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

impl Measurement {
    /// Returns the nearest float.
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is the documented result")]
    pub fn as_f64(self) -> f64 {
        match self {
            Measurement::Total(total) => total.as_f64(),
            Measurement::Count(count) => count as f64,
            Measurement::Average(value) | Measurement::Percentile(value) | Measurement::Share(value) => value,
        }
    }
}

impl fmt::Display for Measurement {
    /// Formats all digits, as programs read them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measurement::Total(total) => total.fmt(f),
            Measurement::Count(count) => count.fmt(f),
            Measurement::Average(value) | Measurement::Percentile(value) | Measurement::Share(value) => {
                value.fmt(f)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(total: i128, count: Option<i128>) -> Reading {
        Reading::new(Total::new(total, 100), count)
    }

    #[test]
    fn measure_is_parsed_from_its_name() {
        for measure in Measure::DISTRIBUTION {
            assert_eq!(Measure::parse(&measure.name()).unwrap(), measure);
        }
        assert_eq!(Measure::parse("max").unwrap(), Measure::Percentile(Percentile::MAX));
        assert_eq!(Measure::parse("below-0.50").unwrap().name(), "below-0.5");
        assert!(Measure::parse("below").unwrap_err().to_string().starts_with("invalid limit \"\""));
        for name in ["95", "p101", "mode", ""] {
            let error = Measure::parse(name).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("invalid measure {name:?}: expected total, count")),
                "{error}"
            );
        }
    }

    #[test]
    fn plain_reading_has_only_a_total_and_zero_kicks_have_no_average() {
        let values = |reading: &Reading| {
            Measure::AVERAGED.map(|measure| measure.of(reading).map(|value| value.to_string()))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(values(&reading(150, Some(4))), [some("1.5"), some("4"), some("0.375")]);
        assert_eq!(values(&reading(150, None)), [some("1.5"), None, None]);
        assert_eq!(values(&reading(0, Some(0))), [some("0"), some("0"), None]);
    }

    #[test]
    fn compare_orders_readings_by_the_measure() {
        let (few, many) = (reading(900, Some(1)), reading(1000, Some(4)));
        let orders = Measure::AVERAGED.map(|measure| measure.compare(&few, &many));
        assert_eq!(orders, [Ordering::Less, Ordering::Less, Ordering::Greater]);
        assert_eq!(Measure::Average.compare(&reading(0, Some(0)), &few), Ordering::Less);
    }
}
