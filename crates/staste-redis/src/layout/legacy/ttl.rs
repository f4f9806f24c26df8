//! How long the original keeps buckets.

use staste_core::{Calendar, Error, Keep, Retention, Scale, Watermarks};

const DAY: i64 = 86_400;
/// Days after the last write to a bucket when it expires.
const DAYS: [(Scale, u32); 4] =
    [(Scale::Minute, 1), (Scale::Hour, 14), (Scale::Day, 185), (Scale::Month, 1_095)];

/// Returns the original's retention.
pub(crate) fn retention() -> Result<Retention, Error> {
    let years = Retention::default().keep(Scale::Year, Keep::Forever)?;
    DAYS.into_iter().try_fold(years, |retention, (scale, days)| retention.keep(scale, Keep::days(days)))
}

fn days(scale: Scale) -> Option<i64> {
    DAYS.into_iter().find(|(known, _)| *known == scale).map(|(_, days)| i64::from(days))
}

/// Returns the seconds until the totals of a bucket expire. A bucket of the future lives as long from its start, or it
/// would expire before.
pub(crate) fn ttl(scale: Scale, start: i64, now: i64) -> Option<i64> {
    Some(days(scale)?.saturating_mul(DAY).saturating_add(start.saturating_sub(now).max(0)))
}

/// Returns the watermarks below which buckets may have expired: those that started longer ago than they live, which
/// includes the bucket in which the retention starts.
pub(crate) fn expired_below(calendar: &Calendar, now: i64) -> Watermarks {
    let mut marks = Watermarks::default();
    for (scale, mark) in Scale::KEPT.into_iter().zip(&mut marks.0) {
        if let Some(days) = days(scale) {
            let starts = now.saturating_sub(days * DAY);
            let bucket = calendar.bucket(scale, starts);
            *mark = if bucket.start == starts { bucket.start } else { bucket.end };
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use staste_core::Zone;

    #[test]
    fn bucket_above_the_watermarks_has_not_expired() {
        let calendar = Calendar::new(Zone::named("Australia/Lord_Howe").unwrap(), 0);
        for now in (1_270_000_000..1_270_900_000).step_by(7_777) {
            let marks = expired_below(&calendar, now);
            let loose = retention().unwrap().watermarks(&calendar, now);
            for (scale, days) in DAYS {
                let bucket = calendar.bucket(scale, marks.of(scale));
                assert_eq!(bucket.start, marks.of(scale));
                // It was written to at its start at the earliest.
                assert!(bucket.start + i64::from(days) * DAY >= now);
                assert!(marks.of(scale) >= loose.of(scale));
                assert!(calendar.bucket(scale, bucket.start - 1).start <= loose.of(scale));
            }
        }
        assert_eq!(ttl(Scale::Minute, 0, 30), Some(86_400));
        assert_eq!(ttl(Scale::Minute, 90, 30), Some(86_460));
        assert_eq!(ttl(Scale::Year, 0, 30), None);
    }
}
