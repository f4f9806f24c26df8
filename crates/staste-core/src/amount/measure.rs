//! `Measure`: the numbers of a reading by name: total, count and average.

use std::cmp::Ordering;
use std::fmt;

use crate::amount::reading::{Reading, Total};
use crate::error::{Error, Result};

/// A number of a reading, by name.
///
/// ```
/// use staste::{Measure, Reading, Total};
/// let reading = Reading { total: Total::new(766, 100), count: Some(2) };
/// let measure = Measure::parse("average")?;
/// assert_eq!(measure.of(&reading).unwrap().to_string(), "3.83");
/// assert!(Measure::parse("median").unwrap_err().is_invalid_input());
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
}

impl Measure {
    /// Every measure, in the order of columns.
    pub const ALL: [Measure; 3] = [Measure::Total, Measure::Count, Measure::Average];

    /// The names of all measures, in the order of columns.
    pub const NAMES: [&str; 3] = {
        let [total, count, average] = Measure::ALL;
        [total.name(), count.name(), average.name()]
    };

    /// Returns the name, as in URLs and files.
    pub const fn name(self) -> &'static str {
        match self {
            Measure::Total => "total",
            Measure::Count => "count",
            Measure::Average => "average",
        }
    }

    /// Parses the name of a measure.
    ///
    /// # Errors
    /// When no measure has this name.
    pub fn parse(name: &str) -> Result<Measure> {
        Measure::ALL.into_iter().find(|measure| measure.name() == name).ok_or_else(|| {
            let names = Measure::NAMES.join(", ");
            Error::invalid_input(format!("invalid measure {name:?}: expected one of {names}"))
        })
    }

    /// Returns its value in a reading; none for the average of no kicks, and for counts and averages of a plain
    /// Metrica.
    pub fn of(self, reading: &Reading) -> Option<Measurement> {
        match self {
            Measure::Total => Some(Measurement::Total(reading.total)),
            Measure::Count => reading.count.map(Measurement::Count),
            Measure::Average => reading.average().map(Measurement::Average),
        }
    }

    /// Compares two readings by this measure; a reading without the value comes first.
    pub fn compare(self, one: &Reading, other: &Reading) -> Ordering {
        match self {
            Measure::Total => one.total.raw().cmp(&other.total.raw()),
            Measure::Count => one.count.cmp(&other.count),
            Measure::Average => one.average().partial_cmp(&other.average()).unwrap_or(Ordering::Equal),
        }
    }

    /// Returns the measure by which parts of a whole add up and are ordered: the count for averages.
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
            Measure::Count | Measure::Average => Measure::Count,
        }
    }

    /// Returns true when its values of the parts of a whole add up to that of the whole.
    pub const fn is_additive(self) -> bool {
        !matches!(self, Measure::Average)
    }

    /// Returns true when all its values are whole numbers in a Metrica with this multiplier.
    pub const fn is_whole(self, multiplier: u32) -> bool {
        match self {
            Measure::Total => multiplier == 1,
            Measure::Count => true,
            Measure::Average => false,
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Measurement {
    /// Returns the nearest float.
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is the documented result")]
    pub fn as_f64(self) -> f64 {
        match self {
            Measurement::Total(total) => total.as_f64(),
            Measurement::Count(count) => count as f64,
            Measurement::Average(average) => average,
        }
    }
}

impl fmt::Display for Measurement {
    /// Formats all digits, as programs read them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measurement::Total(total) => total.fmt(f),
            Measurement::Count(count) => count.fmt(f),
            Measurement::Average(average) => average.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(total: i128, count: Option<i128>) -> Reading {
        Reading { total: Total::new(total, 100), count }
    }

    #[test]
    fn measure_is_parsed_from_its_name() {
        for measure in Measure::ALL {
            assert_eq!(Measure::parse(measure.name()).unwrap(), measure);
        }
        let error = Measure::parse("max").unwrap_err().to_string();
        assert_eq!(error, "invalid measure \"max\": expected one of total, count, average");
    }

    #[test]
    fn plain_reading_has_only_a_total_and_zero_kicks_have_no_average() {
        let values = |reading: &Reading| {
            Measure::ALL.map(|measure| measure.of(reading).map(|value| value.to_string()))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(values(&reading(150, Some(4))), [some("1.5"), some("4"), some("0.375")]);
        assert_eq!(values(&reading(150, None)), [some("1.5"), None, None]);
        assert_eq!(values(&reading(0, Some(0))), [some("0"), some("0"), None]);
    }

    #[test]
    fn compare_orders_readings_by_the_measure() {
        let (few, many) = (reading(900, Some(1)), reading(1000, Some(4)));
        let orders = Measure::ALL.map(|measure| measure.compare(&few, &many));
        assert_eq!(orders, [Ordering::Less, Ordering::Less, Ordering::Greater]);
        assert_eq!(Measure::Average.compare(&reading(0, Some(0)), &few), Ordering::Less);
    }
}
