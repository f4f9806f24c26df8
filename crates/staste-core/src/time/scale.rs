//! The scales of the calendar, from minute to ever.

use std::fmt;

use crate::error::{Error, Result};

/// How long a bucket is. [`Scale::KEPT`] are counted; week and quarter exist when reading.
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
    /// A civil hour; the second hour of a fold is one of its own.
    Hour,
    /// A civil day, of whatever length.
    Day,
    /// Seven civil days from the week's first day; composed of days when read.
    Week,
    /// A civil month.
    Month,
    /// Three civil months; composed of months when read.
    Quarter,
    /// A civil year.
    Year,
    /// All time, one bucket.
    Ever,
}

impl Scale {
    /// The scales that have cells, finest first.
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

    /// The word for the scale, as in URLs and files.
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

    /// Reads a scale from its name.
    ///
    /// # Errors
    /// When it is none of the eight names.
    pub fn parse(name: &str) -> Result<Scale> {
        Scale::ALL.into_iter().find(|scale| scale.name() == name).ok_or_else(|| {
            let names = Scale::ALL.map(Scale::name).join(", ");
            Error::input(format!("there is no scale {name:?}; the scales are {names}"))
        })
    }

    /// The position in [`Scale::KEPT`], which is also the code in stores; none for week and quarter.
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

    /// The next finer scale that iteration unfolds into: ever gives years, a week or a month days.
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

    /// About how many seconds a period has: a month 30 days, a quarter 91 and a year 365; none for *ever*.
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

    /// True for scales whose second occurrence in a fold is a bucket of its own.
    pub(crate) const fn splits_at_folds(self) -> bool {
        matches!(self, Scale::Minute | Scale::Hour)
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
