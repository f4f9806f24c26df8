//! `Retention`: how long the buckets of each scale are kept, and the watermarks that follow from it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::time::{Calendar, EVER_START, Scale, civil};

/// The time for which buckets of a scale are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// Forever.
    Forever,
    /// This many seconds after the start of the bucket.
    Seconds(i64),
    /// Not at all, except for buckets in the future, which are deleted once they have begun.
    Never,
}

impl Keep {
    /// Returns this many days of 24 hours.
    pub const fn days(days: u32) -> Keep {
        Keep::Seconds(days as i64 * civil::DAY)
    }

    /// Parses `forever`, `never`, or a number with a unit: `90m`, `14h`, `8d`, `3y` (of 365 days).
    ///
    /// # Errors
    /// When the text has another form.
    pub fn parse(text: &str) -> Result<Keep> {
        let invalid = || {
            Error::invalid_input(format!(
                "invalid retention {text:?}: expected forever, never, or a number with m, h, d or y, such as 8d"
            ))
        };
        match text {
            "forever" => return Ok(Keep::Forever),
            "never" => return Ok(Keep::Never),
            _ => {}
        }
        let unit = match text.chars().last() {
            Some('m') => civil::MINUTE,
            Some('h') => civil::HOUR,
            Some('d') => civil::DAY,
            Some('y') => 365 * civil::DAY,
            _ => return Err(invalid()),
        };
        let number: u32 =
            text.get(..text.len() - 1).and_then(|digits| digits.parse().ok()).ok_or_else(invalid)?;
        Ok(Keep::Seconds(i64::from(number) * unit))
    }
}

impl std::fmt::Display for Keep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Keep::Forever => f.write_str("forever"),
            Keep::Never => f.write_str("never"),
            Keep::Seconds(seconds) if seconds % civil::DAY == 0 => write!(f, "{}d", seconds / civil::DAY),
            Keep::Seconds(seconds) if seconds % civil::HOUR == 0 => write!(f, "{}h", seconds / civil::HOUR),
            Keep::Seconds(seconds) if seconds % civil::MINUTE == 0 => {
                write!(f, "{}m", seconds / civil::MINUTE)
            }
            Keep::Seconds(seconds) => write!(f, "{seconds}s"),
        }
    }
}

/// The retention of every kept scale; by default minutes 8 days, hours 400 days, the rest forever.
///
/// ```
/// use staste::{Keep, Retention, Scale};
/// let retention = Retention::default().keep(Scale::Minute, Keep::days(30))?;
/// assert_eq!(retention.of(Scale::Hour), Keep::days(400));
/// assert!(Retention::default().keep(Scale::Ever, Keep::days(1)).is_err());
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention([Keep; 6]);

impl Default for Retention {
    fn default() -> Retention {
        Retention([
            Keep::days(8),
            Keep::days(400),
            Keep::Forever,
            Keep::Forever,
            Keep::Forever,
            Keep::Forever,
        ])
    }
}

impl Retention {
    /// Returns the same retention with `keep` for `scale`.
    ///
    /// # Errors
    /// For week and quarter, which have no cells, for *ever*, which is always kept, and for a time that is not
    /// positive.
    pub fn keep(mut self, scale: Scale, keep: Keep) -> Result<Retention> {
        if let Keep::Seconds(seconds) = keep
            && seconds <= 0
        {
            return Err(Error::invalid_input(format!(
                "invalid retention of {seconds} seconds for scale {scale}: give a longer time, or never to leave the scale out"
            )));
        }
        match scale.kept_index().and_then(|index| self.0.get_mut(index)) {
            Some(kept) if scale != Scale::Ever => *kept = keep,
            _ => {
                return Err(Error::invalid_input(format!(
                    "invalid scale {scale}: expected one with a retention, which are minute, hour, day, month and year"
                )));
            }
        }
        Ok(self)
    }

    /// Returns how long buckets of the scale are kept; weeks and quarters like the days and months that compose them.
    pub fn of(&self, scale: Scale) -> Keep {
        let kept = match scale {
            Scale::Week => Scale::Day,
            Scale::Quarter => Scale::Month,
            other => other,
        };
        kept.kept_index().and_then(|index| self.0.get(index)).copied().unwrap_or(Keep::Forever)
    }

    /// Returns the watermarks at `now`, in unix seconds. The bucket in which the retention begins is kept whole.
    pub fn watermarks(&self, calendar: &Calendar, now: i64) -> Watermarks {
        let mut watermarks = Watermarks::default();
        for (scale, mark) in Scale::KEPT.into_iter().zip(&mut watermarks.0) {
            *mark = match self.of(scale) {
                Keep::Forever => EVER_START,
                Keep::Seconds(seconds) => calendar.bucket(scale, now.saturating_sub(seconds)).start,
                Keep::Never => calendar.bucket(scale, now).end,
            };
        }
        watermarks
    }
}

/// Per kept scale, the instant below which buckets are neither written nor read, in unix seconds. Only a repair lowers
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermarks(pub [i64; 6]);

impl Default for Watermarks {
    fn default() -> Watermarks {
        Watermarks([EVER_START; 6])
    }
}

impl Watermarks {
    /// Returns the higher of both, scale by scale.
    #[must_use]
    pub fn raised_to(mut self, other: &Watermarks) -> Watermarks {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own = (*own).max(other);
        }
        self
    }

    /// Returns the watermark of a kept scale.
    pub fn of(&self, scale: Scale) -> i64 {
        scale.kept_index().and_then(|index| self.0.get(index)).copied().unwrap_or(EVER_START)
    }

    /// Returns the finest retained bucket that holds `instant`; a year when only *ever* is retained.
    pub(crate) fn finest(&self, calendar: &Calendar, instant: i64) -> Range<i64> {
        let mut buckets = Scale::KEPT.into_iter().filter(|scale| *scale != Scale::Ever);
        let kept = buckets.find_map(|scale| {
            let bucket = calendar.bucket(scale, instant);
            self.keeps(scale, bucket.start).then_some(bucket)
        });
        kept.unwrap_or_else(|| calendar.bucket(Scale::Year, instant))
    }

    /// Returns the lower of both, scale by scale.
    #[must_use]
    pub(crate) fn lowered_to(mut self, other: &Watermarks) -> Watermarks {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own = (*own).min(other);
        }
        self
    }

    /// Returns true when the bucket of `scale` that starts at `start` is retained.
    pub fn keeps(&self, scale: Scale, start: i64) -> bool {
        start >= self.of(scale)
    }
}
