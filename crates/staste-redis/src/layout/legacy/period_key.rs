//! The period of a bucket as the original's keys name it, such as `year:2010:month:2`.

use std::ops::Range;

use jiff::civil::DateTime;
use staste_core::{Calendar, Scale};

/// The end of the key of an hour that is repeated when clocks are set back: the original has no such key.
const AGAIN: &str = ":again";
/// The scales that have keys, coarsest first, each with the first number of its periods.
pub(crate) const KEYED_SCALES: [(Scale, i16); 5] =
    [(Scale::Year, 1), (Scale::Month, 1), (Scale::Day, 1), (Scale::Hour, 0), (Scale::Minute, 0)];

/// The civil period of a bucket: as many of year, month, day, hour and minute as its scale has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PeriodKey {
    pub(crate) scale: Scale,
    pub(crate) parts: [i16; 5],
    /// The bucket is the second or shorter of two in this period; of a minute, that of its hour is.
    pub(crate) again: bool,
}

impl PeriodKey {
    /// Returns the period of a bucket.
    pub(crate) fn of(calendar: &Calendar, scale: Scale, start: i64) -> PeriodKey {
        let parts = parts_of(calendar.label_of(scale, start));
        // The keys of the minutes of a repeated hour contain that of the hour.
        let own = if scale == Scale::Minute { Scale::Hour } else { scale };
        let again = again(calendar, own, start);
        PeriodKey { scale, parts, again }
    }

    /// Returns the bucket of the period; none if the zone skips it.
    pub(crate) fn bucket(&self, calendar: &Calendar) -> Option<Range<i64>> {
        let buckets = calendar.buckets_of(self.scale, self.datetime()?);
        buckets.into_iter().find(|bucket| {
            let own = if self.scale == Scale::Minute { Scale::Hour } else { self.scale };
            again(calendar, own, bucket.start) == self.again
        })
    }

    /// Returns the part of the key after the name of the Metrica.
    pub(crate) fn text(&self) -> String {
        let mut text = String::with_capacity(48);
        for ((scale, _), part) in KEYED_SCALES.into_iter().zip(self.parts) {
            if !text.is_empty() {
                text.push(':');
            }
            text.push_str(scale.name());
            text.push(':');
            text.push_str(&part.to_string());
            let is_own = scale == self.scale || (self.scale == Scale::Minute && scale == Scale::Hour);
            if is_own && self.again && scale != Scale::Minute {
                text.push_str(AGAIN);
            }
            if scale == self.scale {
                break;
            }
        }
        text
    }

    /// Parses the part of a key after the name of the Metrica.
    pub(crate) fn parse(text: &str) -> Option<PeriodKey> {
        let mut words = text.split(':').peekable();
        let mut period = PeriodKey { scale: Scale::Ever, parts: [1, 1, 1, 0, 0], again: false };
        for ((scale, _), part) in KEYED_SCALES.into_iter().zip(&mut period.parts) {
            if words.peek().is_none() && period.scale != Scale::Ever {
                break;
            }
            if words.next()? != scale.name() {
                return None;
            }
            let number = words.next()?;
            *part = number.parse().ok()?;
            period.scale = scale;
            if words.next_if_eq(&"again").is_some() {
                period.again = true;
            }
        }
        (words.next().is_none() && period.text() == text).then_some(period)
    }

    fn datetime(&self) -> Option<DateTime> {
        let [year, month, day, hour, minute] = self.parts;
        let narrow = |part: i16| i8::try_from(part).ok();
        DateTime::new(year, narrow(month)?, narrow(day)?, narrow(hour)?, narrow(minute)?, 0, 0).ok()
    }
}

/// Returns year, month, day, hour and minute.
pub(crate) fn parts_of(label: DateTime) -> [i16; 5] {
    [label.year(), label.month().into(), label.day().into(), label.hour().into(), label.minute().into()]
}

/// Returns true when the civil period of `scale` at an instant has two buckets, and the instant is not in the longer one;
/// of two that are equally long, not in the first.
fn again(calendar: &Calendar, scale: Scale, instant: i64) -> bool {
    let buckets = calendar.buckets_of(scale, calendar.label_of(scale, instant));
    let length = |bucket: &Range<i64>| bucket.end.saturating_sub(bucket.start);
    let longest = buckets.iter().map(length).max();
    let own = buckets.iter().find(|bucket| Some(length(bucket)) == longest);
    buckets.len() > 1 && own.is_some_and(|own| !own.contains(&instant))
}

#[cfg(test)]
mod tests {
    use super::*;
    use staste_core::Zone;

    #[test]
    fn period_key_is_that_of_the_original() {
        let utc = Calendar::new(Zone::utc(), 0);
        let periods = Scale::KEPT.map(|scale| PeriodKey::of(&utc, scale, 1_265_500_800).text());
        assert_eq!(periods[0], "year:2010:month:2:day:7:hour:0:minute:0");
        assert_eq!(periods[3..5], ["year:2010:month:2", "year:2010"]);
        for period in ["", "year:02010", "year:2010:day:7", "month:2", "year:2010:month:2:__len__"] {
            assert_eq!(PeriodKey::parse(period), None, "{period}");
        }
    }

    #[test]
    fn period_key_round_trips_when_clocks_are_set() {
        let folds = [
            ("Europe/Berlin", 1_256_430_600),
            ("Australia/Lord_Howe", 1_270_306_800),
            ("America/St_Johns", 1_257_042_660),
            ("Pacific/Kwajalein", -7_986_600),
            ("Pacific/Apia", 1_325_239_200),
        ];
        for (zone, around) in folds {
            let calendar = Calendar::new(Zone::named(zone).unwrap(), 0);
            let mut seen = std::collections::HashMap::new();
            for instant in (around - 100_000..around + 100_000).step_by(60) {
                for scale in [Scale::Minute, Scale::Hour, Scale::Day, Scale::Month, Scale::Year] {
                    let bucket = calendar.bucket(scale, instant);
                    let period = PeriodKey::of(&calendar, scale, bucket.start);
                    assert_eq!(period.bucket(&calendar), Some(bucket.clone()), "{zone} {period:?}");
                    assert_eq!(PeriodKey::parse(&period.text()), Some(period), "{}", period.text());
                    assert_eq!(
                        *seen.entry(period.text()).or_insert(bucket.start),
                        bucket.start,
                        "{zone} {period:?}"
                    );
                }
            }
        }
    }
}
