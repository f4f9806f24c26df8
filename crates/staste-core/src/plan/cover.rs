//! Covering a timespan with the largest retained buckets.

use std::ops::Range;

use crate::schema::Watermarks;
use crate::store::Span;
use crate::time::{Calendar, EVER_END, EVER_START, Scale};

/// The buckets that cover a timespan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// The buckets, in order of time.
    pub spans: Vec<Span>,
    /// The first part that no retained bucket covers; none when the whole timespan is covered.
    pub missing: Option<Range<i64>>,
}

/// Covers `[range.start, range.end)` with whole retained buckets, as large as possible but at most of scale `largest`.
///
/// A part below the watermarks or within a minute is reported as missing.
pub fn cover(calendar: &Calendar, watermarks: &Watermarks, range: &Range<i64>, largest: Scale) -> Cover {
    let mut cover = Cover { spans: Vec::new(), missing: None };
    let from = Scale::KEPT.iter().rposition(|scale| *scale <= largest).unwrap_or(0);
    fill(calendar, watermarks, range.clone(), from, &mut cover);
    cover
}

fn fill(calendar: &Calendar, watermarks: &Watermarks, range: Range<i64>, index: usize, cover: &mut Cover) {
    if range.start >= range.end {
        return;
    }
    let Some(scale) = Scale::KEPT.get(index).copied() else { return };
    let whole = whole_buckets(calendar, scale, range.start.max(watermarks.of(scale)), range.end);
    let finer = |part: Range<i64>, cover: &mut Cover| match index.checked_sub(1) {
        Some(index) => fill(calendar, watermarks, part, index, cover),
        None if part.start < part.end && cover.missing.is_none() => cover.missing = Some(part),
        None => {}
    };
    let Some(whole) = whole else {
        finer(range, cover);
        return;
    };
    finer(range.start..whole.start, cover);
    cover.spans.push(Span { scale, from: whole.start, to: whole.end });
    finer(whole.end..range.end, cover);
}

/// Returns the range of whole buckets of `scale` within `[from, to)`.
fn whole_buckets(calendar: &Calendar, scale: Scale, from: i64, to: i64) -> Option<Range<i64>> {
    if scale == Scale::Ever {
        return (from == EVER_START && to == EVER_END).then_some(from..to);
    }
    let start = match calendar.bucket(scale, from) {
        _ if from == EVER_START => from,
        bucket if bucket.start == from => from,
        bucket => bucket.end,
    };
    let end = if to == EVER_END { to } else { calendar.bucket(scale, to).start };
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Keep, Retention};
    use crate::time::Zone;

    fn new_york() -> Calendar {
        Calendar::new(Zone::named("America/New_York").unwrap(), 0)
    }

    #[test]
    fn cover_tiles_the_range_with_whole_buckets() {
        let calendar = new_york();
        let all = Watermarks::default();
        for (from, length) in
            [(1_356_998_400, 40_000_020), (1_383_451_200, 7200), (1_362_898_740, 3660), (0, 60)]
        {
            let range = from..from + length;
            let found = cover(&calendar, &all, &range, Scale::Ever);
            assert_eq!(found.missing, None);
            let mut at = range.start;
            for span in &found.spans {
                assert_eq!(span.from, at, "{found:?}");
                assert_eq!(calendar.bucket(span.scale, span.from).start, span.from);
                assert_eq!(calendar.bucket(span.scale, span.to).start, span.to);
                at = span.to;
            }
            assert_eq!(at, range.end);
            assert!(found.spans.len() <= 9);
        }
    }

    #[test]
    fn all_time_is_one_bucket_and_open_end_is_years() {
        let calendar = new_york();
        let all = Watermarks::default();
        let ever = cover(&calendar, &all, &(EVER_START..EVER_END), Scale::Ever);
        assert_eq!(ever.spans, [Span { scale: Scale::Ever, from: EVER_START, to: EVER_END }]);
        let year = calendar.bucket(Scale::Year, 1_400_000_000).start;
        let open = cover(&calendar, &all, &(year..EVER_END), Scale::Ever);
        assert_eq!(open.spans, [Span { scale: Scale::Year, from: year, to: EVER_END }]);
    }

    #[test]
    fn part_that_is_not_retained_is_missing() {
        let calendar = Calendar::new(Zone::utc(), 0);
        let now = 1_700_000_000;
        let marks =
            Retention::default().keep(Scale::Day, Keep::days(500)).unwrap().watermarks(&calendar, now);
        let day = calendar.bucket(Scale::Day, now).start;
        assert_eq!(cover(&calendar, &marks, &(day + 60..day + 120), Scale::Ever).missing, None);
        let old = day - 20 * 86_400;
        let found = cover(&calendar, &marks, &(old + 60..day), Scale::Ever);
        assert_eq!(found.missing, Some(old + 60..old + 3600));
        let odd = cover(&calendar, &marks, &(day + 30..day + 60), Scale::Ever);
        assert_eq!(odd.missing, Some(day + 30..day + 60));
    }
}
