//! Which ranges of time can still be read: those that whole retained buckets cover without a gap.

use std::ops::Range;

use staste_core::{Keep, Scale};

use super::calendar::ModelCalendar;

/// For each kept scale, finest first, the instant before which nothing is read or written.
pub(super) type ModelWatermarks = [i64; 6];

/// Returns the watermarks at `now`. The bucket in which the retention begins is still kept.
pub(super) fn watermarks(calendar: &ModelCalendar, keep: &[Keep; 6], now: i64) -> ModelWatermarks {
    let mut watermarks = [i64::MIN; 6];
    for ((watermark, scale), keep) in watermarks.iter_mut().zip(Scale::KEPT).zip(keep) {
        *watermark = match keep {
            Keep::Forever => i64::MIN,
            Keep::Seconds(seconds) => calendar.bucket(scale, now - seconds).start,
            Keep::Never => calendar.bucket(scale, now).end,
        };
    }
    watermarks
}

/// Returns the higher watermark of each scale.
pub(super) fn raised(one: &ModelWatermarks, other: &ModelWatermarks) -> ModelWatermarks {
    std::array::from_fn(|index| one[index].max(other[index]))
}

/// Returns true if retained buckets cover the range: from its start on, each is the largest that fits.
pub(super) fn is_covered(
    calendar: &ModelCalendar,
    watermarks: &ModelWatermarks,
    range: &Range<i64>,
    now: i64,
) -> bool {
    if *range == (i64::MIN..i64::MAX) {
        return true;
    }
    let timed: Vec<(Scale, i64)> = Scale::KEPT.into_iter().zip(*watermarks).take(5).rev().collect();
    let mut at = range.start;
    if at == i64::MIN {
        // All of the past can be read only at a scale that is kept forever. Start at its current bucket.
        let Some((scale, _)) = timed.iter().find(|(_, watermark)| *watermark == i64::MIN) else {
            return false;
        };
        at = calendar.bucket(*scale, now.min(range.end)).start;
    }
    while at < range.end {
        let largest = timed.iter().find_map(|(scale, watermark)| {
            let bucket = calendar.bucket(*scale, at);
            let fits = bucket.start == at && at >= *watermark && bucket.end <= range.end;
            fits.then_some((*scale, bucket.end))
        });
        match largest {
            Some((Scale::Year, _)) if range.end == i64::MAX => return true,
            Some((_, end)) => at = end,
            None => return false,
        }
    }
    true
}
