//! How long the original keeps buckets, and from when on they can be relied on.

use staste_core::{Calendar, Error, Keep, Retention, Scale, Watermarks};

const DAY: i64 = 86_400;
/// Days that a bucket lives after the last write to it.
const DAYS: [(Scale, u32); 4] =
    [(Scale::Minute, 1), (Scale::Hour, 14), (Scale::Day, 185), (Scale::Month, 1_095)];

/// The retention of a Metrica in the seed layout: the original's.
pub(crate) fn retention() -> Result<Retention, Error> {
    let years = Retention::default().keep(Scale::Year, Keep::Forever)?;
    DAYS.into_iter().try_fold(years, |retention, (scale, days)| retention.keep(scale, Keep::days(days)))
}

fn days(scale: Scale) -> Option<i64> {
    DAYS.into_iter().find(|(known, _)| *known == scale).map(|(_, days)| i64::from(days))
}

/// How many seconds from now the totals of a bucket live: as long as the original lets them. What is still to
/// come lives so long from its beginning, or it would be gone before.
pub(crate) fn life(scale: Scale, start: i64, now: i64) -> Option<i64> {
    Some(days(scale)?.saturating_mul(DAY).saturating_add(start.saturating_sub(now).max(0)))
}

/// The watermarks below which buckets may have expired already: those that began longer ago than they live,
/// which of the bucket that the retention begins in may be the case.
pub(crate) fn strict(calendar: &Calendar, now: i64) -> Watermarks {
    let mut marks = Watermarks::default();
    for (scale, mark) in Scale::KEPT.into_iter().zip(&mut marks.0) {
        if let Some(days) = days(scale) {
            let begins = now.saturating_sub(days * DAY);
            let bucket = calendar.bucket(scale, begins);
            *mark = if bucket.start == begins { bucket.start } else { bucket.end };
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use staste_core::Zone;

    #[test]
    fn what_is_above_the_strict_marks_has_not_expired() {
        let calendar = Calendar::new(Zone::named("Australia/Lord_Howe").unwrap(), 0);
        for now in (1_270_000_000..1_270_900_000).step_by(7_777) {
            let marks = strict(&calendar, now);
            let loose = retention().unwrap().watermarks(&calendar, now);
            for (scale, days) in DAYS {
                let bucket = calendar.bucket(scale, marks.of(scale));
                assert_eq!(bucket.start, marks.of(scale));
                // Written to at its beginning at the earliest.
                assert!(bucket.start + i64::from(days) * DAY >= now);
                assert!(marks.of(scale) >= loose.of(scale));
                assert!(calendar.bucket(scale, bucket.start - 1).start <= loose.of(scale));
            }
        }
        assert_eq!(life(Scale::Minute, 0, 30), Some(86_400));
        assert_eq!(life(Scale::Minute, 90, 30), Some(86_460));
        assert_eq!(life(Scale::Year, 0, 30), None);
    }
}
