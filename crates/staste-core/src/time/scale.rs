//! The scales of the calendar, from minute to ever.

use std::fmt;

use crate::error::{Error, Result};

/// The length of a bucket. Cells are stored for [`Scale::KEPT`]; weeks and quarters are composed when they are read.
///
/// ```
/// use staste::Scale;
/// assert_eq!(Scale::parse("day")?, Scale::Day);
/// assert_eq!(Scale::Month.finer(), Some(Scale::Day));
/// assert!(!Scale::KEPT.contains(&Scale::Week));
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// A civil minute.
    Minute,
    /// A civil hour; the second hour of a fold is a bucket of its own.
    Hour,
    /// A civil day of any length.
    Day,
    /// Seven civil days from the first day of the week; composed of days when it is read.
    Week,
    /// A civil month.
    Month,
    /// Three civil months; composed of months when it is read.
    Quarter,
    /// A civil year.
    Year,
    /// All time, one bucket.
    Ever,
}

impl Scale {
    /// The scales with stored cells, finest first.
    pub const KEPT: [Scale; 6] =
        [Scale::Minute, Scale::Hour, Scale::Day, Scale::Month, Scale::Year, Scale::Ever];

    /// Every scale, finest first.
    pub const ALL: [Scale; 8] = [
        Scale::Minute,
        Scale::Hour,
        Scale::Day,
        Scale::Week,
        Scale::Month,
        Scale::Quarter,
        Scale::Year,
        Scale::Ever,
    ];

    /// Returns the name of the scale, as in URLs and files.
    pub const fn name(self) -> &'static str {
        match self {
            Scale::Minute => "minute",
            Scale::Hour => "hour",
            Scale::Day => "day",
            Scale::Week => "week",
            Scale::Month => "month",
            Scale::Quarter => "quarter",
            Scale::Year => "year",
            Scale::Ever => "ever",
        }
    }

    /// Parses the name of a scale.
    ///
    /// # Errors
    /// When no scale has this name.
    pub fn parse(name: &str) -> Result<Scale> {
        Scale::ALL.into_iter().find(|scale| scale.name() == name).ok_or_else(|| {
            let names = Scale::ALL.map(Scale::name).join(", ");
            Error::invalid_input(format!("invalid scale {name:?}: expected one of {names}"))
        })
    }

    /// Returns the position in [`Scale::KEPT`], which is also the code of the scale in Stores; none for week and
    /// quarter.
    pub const fn kept_index(self) -> Option<usize> {
        match self {
            Scale::Minute => Some(0),
            Scale::Hour => Some(1),
            Scale::Day => Some(2),
            Scale::Month => Some(3),
            Scale::Year => Some(4),
            Scale::Ever => Some(5),
            Scale::Week | Scale::Quarter => None,
        }
    }

    /// Returns the next finer scale, into which iteration splits a period: *ever* into years, a week or a month into
    /// days.
    pub const fn finer(self) -> Option<Scale> {
        match self {
            Scale::Ever => Some(Scale::Year),
            Scale::Year | Scale::Quarter => Some(Scale::Month),
            Scale::Month | Scale::Week => Some(Scale::Day),
            Scale::Day => Some(Scale::Hour),
            Scale::Hour => Some(Scale::Minute),
            Scale::Minute => None,
        }
    }

    /// Returns the approximate seconds of a period, with months of 30, quarters of 91 and years of 365 days; none for
    /// *ever*.
    ///
    /// ```
    /// use staste::Scale;
    /// assert_eq!(Scale::Week.nominal_seconds(), Some(7 * 86_400));
    /// assert_eq!(Scale::Ever.nominal_seconds(), None);
    /// ```
    pub const fn nominal_seconds(self) -> Option<i64> {
        match self {
            Scale::Minute => Some(60),
            Scale::Hour => Some(3600),
            Scale::Day => Some(86_400),
            Scale::Week => Some(7 * 86_400),
            Scale::Month => Some(30 * 86_400),
            Scale::Quarter => Some(91 * 86_400),
            Scale::Year => Some(365 * 86_400),
            Scale::Ever => None,
        }
    }

    /// Returns true for scales whose second occurrence in a fold is a bucket of its own.
    pub(crate) const fn splits_at_folds(self) -> bool {
        matches!(self, Scale::Minute | Scale::Hour)
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
