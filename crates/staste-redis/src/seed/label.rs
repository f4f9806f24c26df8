//! The civil label of a bucket as the original's keys have it, and back to the bucket.

use std::ops::Range;

use jiff::civil::DateTime;
use staste_core::{Calendar, Scale};

/// What the key of an hour that a fold repeats has after its label: the original can write no such key.
const AGAIN: &str = ":again";
/// The scales that have a label of their own, coarsest first, with what their first label is.
pub(crate) const LABELLED: [(Scale, i16); 5] =
    [(Scale::Year, 1), (Scale::Month, 1), (Scale::Day, 1), (Scale::Hour, 0), (Scale::Minute, 0)];

/// The label of a bucket: as many of year, month, day, hour and minute as its scale has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Label {
    pub(crate) scale: Scale,
    pub(crate) parts: [i16; 5],
    /// It is one of two buckets of this label, and not the first or longest; of a minute, its hour is.
    pub(crate) again: bool,
}

impl Label {
    /// The label of a bucket.
    pub(crate) fn of(calendar: &Calendar, scale: Scale, start: i64) -> Label {
        let parts = parts_of(calendar.label_of(scale, start));
        // The minutes of a repeated hour lie in its key.
        let own = if scale == Scale::Minute { Scale::Hour } else { scale };
        let again = again(calendar, own, start);
        Label { scale, parts, again }
    }

    /// The bucket of the label; none when the zone skips it.
    pub(crate) fn bucket(&self, calendar: &Calendar) -> Option<Range<i64>> {
        let buckets = calendar.buckets_of(self.scale, self.datetime()?);
        buckets.into_iter().find(|bucket| {
            let own = if self.scale == Scale::Minute { Scale::Hour } else { self.scale };
            again(calendar, own, bucket.start) == self.again
        })
    }

    /// What the key of the bucket has after the Metrica's name.
    pub(crate) fn period(&self) -> String {
        let mut period = String::with_capacity(48);
        for ((scale, _), part) in LABELLED.into_iter().zip(self.parts) {
            if !period.is_empty() {
                period.push(':');
            }
            period.push_str(scale.name());
            period.push(':');
            period.push_str(&part.to_string());
            let is_own = scale == self.scale || (self.scale == Scale::Minute && scale == Scale::Hour);
            if is_own && self.again && scale != Scale::Minute {
                period.push_str(AGAIN);
            }
            if scale == self.scale {
                break;
            }
        }
        period
    }

    /// The label that a period names, such as `year:2010:month:2`.
    pub(crate) fn parse(period: &str) -> Option<Label> {
        let mut words = period.split(':').peekable();
        let mut label = Label { scale: Scale::Ever, parts: [1, 1, 1, 0, 0], again: false };
        for ((scale, _), part) in LABELLED.into_iter().zip(&mut label.parts) {
            if words.peek().is_none() && label.scale != Scale::Ever {
                break;
            }
            if words.next()? != scale.name() {
                return None;
            }
            let number = words.next()?;
            *part = number.parse().ok()?;
            label.scale = scale;
            if words.next_if_eq(&"again").is_some() {
                label.again = true;
            }
        }
        (words.next().is_none() && label.period() == period).then_some(label)
    }

    fn datetime(&self) -> Option<DateTime> {
        let [year, month, day, hour, minute] = self.parts;
        let narrow = |part: i16| i8::try_from(part).ok();
        DateTime::new(year, narrow(month)?, narrow(day)?, narrow(hour)?, narrow(minute)?, 0, 0).ok()
    }
}

/// Year, month, day, hour and minute.
pub(crate) fn parts_of(label: DateTime) -> [i16; 5] {
    [label.year(), label.month().into(), label.day().into(), label.hour().into(), label.minute().into()]
}

/// True when the period of `scale` that holds an instant is there twice, and this is not its longest bucket;
/// of two that are as long, not the first.
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
    fn labels_are_the_originals() {
        let utc = Calendar::new(Zone::utc(), 0);
        let periods = Scale::KEPT.map(|scale| Label::of(&utc, scale, 1_265_500_800).period());
        assert_eq!(periods[0], "year:2010:month:2:day:7:hour:0:minute:0");
        assert_eq!(periods[3..5], ["year:2010:month:2", "year:2010"]);
        for period in ["", "year:02010", "year:2010:day:7", "month:2", "year:2010:month:2:__len__"] {
            assert_eq!(Label::parse(period), None, "{period}");
        }
    }

    #[test]
    fn labels_lead_to_their_bucket_whatever_the_clock_does() {
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
                    let label = Label::of(&calendar, scale, bucket.start);
                    assert_eq!(label.bucket(&calendar), Some(bucket.clone()), "{zone} {label:?}");
                    assert_eq!(Label::parse(&label.period()), Some(label), "{}", label.period());
                    assert_eq!(
                        *seen.entry(label.period()).or_insert(bucket.start),
                        bucket.start,
                        "{zone} {label:?}"
                    );
                }
            }
        }
    }
}
