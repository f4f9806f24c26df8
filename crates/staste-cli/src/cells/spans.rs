//! Which buckets hold each kick exactly once: minutes where they are kept, before them hours, and so on.

use std::ops::Range;

use staste::store::Span;
use staste::{Calendar, Scale, Watermarks};

/// The finest buckets that are kept over a stretch of time, earliest first.
///
/// A finer scale begins where a bucket of the coarser one before it ends, so that nothing is in two.
pub(super) fn finest(calendar: &Calendar, watermarks: &Watermarks, range: &Range<i64>) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut until = range.end;
    for (index, scale) in Scale::KEPT.into_iter().enumerate() {
        let mark = watermarks.of(scale);
        let coarser = Scale::KEPT.into_iter().skip(index + 1).find(|coarser| watermarks.of(*coarser) < mark);
        let from = match coarser {
            Some(coarser) if mark > range.start => match calendar.bucket(coarser, mark) {
                bucket if bucket.start == mark => mark,
                bucket => bucket.end,
            },
            _ => mark,
        };
        let from = from.max(range.start);
        if from < until {
            spans.push(Span { scale, from, to: until });
            until = from;
        }
    }
    spans.reverse();
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use staste::{Keep, Retention, Zone};

    #[test]
    fn spans_meet_and_are_whole() {
        let calendar = Calendar::new(Zone::utc(), 0);
        let now = 1_700_000_000;
        let watermarks = Retention::default().watermarks(&calendar, now);
        let spans = finest(&calendar, &watermarks, &(i64::MIN..i64::MAX));
        assert_eq!(
            spans.iter().map(|span| span.scale).collect::<Vec<_>>(),
            [Scale::Day, Scale::Hour, Scale::Minute]
        );
        assert!(spans.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert_eq!((spans[0].from, spans[2].to), (i64::MIN, i64::MAX));
        assert_eq!((spans[1].from % 86_400, spans[2].from % 3_600), (0, 0));
        assert!(
            spans[2].from >= watermarks.of(Scale::Minute)
                && spans[2].from < watermarks.of(Scale::Minute) + 3_600
        );
    }

    #[test]
    fn a_scale_that_is_not_kept_is_passed_over() {
        let calendar = Calendar::new(Zone::utc(), 0);
        let mut retention = Retention::default();
        for scale in [Scale::Hour, Scale::Day, Scale::Month, Scale::Year] {
            retention = retention.keep(scale, Keep::Never).unwrap();
        }
        let watermarks = retention.watermarks(&calendar, 1_700_000_000);
        let spans = finest(&calendar, &watermarks, &(i64::MIN..i64::MAX));
        assert_eq!(spans, [Span { scale: Scale::Ever, from: i64::MIN, to: i64::MAX }]);
    }
}
