//! Which stretches of time can still be read: those that whole retained buckets tile.

use std::ops::Range;

use staste_core::{Keep, Scale};

use super::Civil;

/// Per kept scale, finest first, the instant below which nothing is read or written.
pub(super) type Marks = [i64; 6];

/// The watermarks at `now`: the bucket in which the retention begins is still kept.
pub(super) fn marks(civil: &Civil, keep: &[Keep; 6], now: i64) -> Marks {
    let mut marks = [i64::MIN; 6];
    for ((mark, scale), keep) in marks.iter_mut().zip(Scale::KEPT).zip(keep) {
        *mark = match keep {
            Keep::Forever => i64::MIN,
            Keep::Seconds(seconds) => civil.bucket(scale, now - seconds).start,
            Keep::Never => civil.bucket(scale, now).end,
        };
    }
    marks
}

/// The higher of both.
pub(super) fn raised(one: &Marks, other: &Marks) -> Marks {
    std::array::from_fn(|index| one[index].max(other[index]))
}

/// True when retained buckets tile the range: from its start on, always the largest that fits.
pub(super) fn tiles(civil: &Civil, marks: &Marks, range: &Range<i64>, now: i64) -> bool {
    if *range == (i64::MIN..i64::MAX) {
        return true;
    }
    let timed: Vec<(Scale, i64)> = Scale::KEPT.into_iter().zip(*marks).take(5).rev().collect();
    let mut at = range.start;
    if at == i64::MIN {
        // All of the past can be read only at a scale that is kept for ever; start where it is near.
        let Some((scale, _)) = timed.iter().find(|(_, mark)| *mark == i64::MIN) else { return false };
        at = civil.bucket(*scale, now.min(range.end)).start;
    }
    while at < range.end {
        let tile = timed.iter().find_map(|(scale, mark)| {
            let bucket = civil.bucket(*scale, at);
            let fits = bucket.start == at && at >= *mark && bucket.end <= range.end;
            fits.then_some((*scale, bucket.end))
        });
        match tile {
            Some((Scale::Year, _)) if range.end == i64::MAX => return true,
            Some((_, end)) => at = end,
            None => return false,
        }
    }
    true
}
