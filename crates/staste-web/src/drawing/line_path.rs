//! `LinePath`: the path of a line over time, with no more points than a screen can show.

use std::fmt::Write;

/// The width of the plot in the units of its paths; a screen has fewer pixels.
pub(super) const WIDE: f64 = 10_000.0;
/// Units a pixel in height.
pub(super) const TALL: f64 = 10.0;
/// A long line is cut into this many segments, of which the first, lowest, highest and last point are kept.
const SEGMENTS: usize = 500;

/// A point: a share of the width, and a height in pixels.
pub(super) type Point = (f64, f64);

/// A line, cut where it has no value: its path, and its isolated points.
#[derive(Debug, Default, PartialEq)]
pub(super) struct LinePath {
    pub(super) path: String,
    pub(super) isolated: Vec<Point>,
}

impl LinePath {
    /// The line through points.
    pub(super) fn of(points: &[Option<Point>]) -> LinePath {
        let mut line = LinePath::default();
        for run in points.split(Option::is_none) {
            let run: Vec<Point> = run.iter().flatten().copied().collect();
            match run.as_slice() {
                [] => {}
                [point] => line.isolated.push(*point),
                _ => line.add(&reduced(&run)),
            }
        }
        line
    }

    fn add(&mut self, run: &[Point]) {
        let mut last: Option<(i64, i64)> = None;
        for (x, y) in run {
            let (x, y) = (whole(x * WIDE), whole(y * TALL));
            // Relative steps take fewer bytes; writing to a String cannot fail.
            let _ = match last {
                None => write!(self.path, "M{x} {y}l"),
                Some((from_x, from_y)) => write!(self.path, "{} {} ", x - from_x, y - from_y),
            };
            last = Some((x, y));
        }
        self.path.truncate(self.path.trim_end().len());
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, and is within the picture")]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

/// Keeps the first, lowest, highest and last point of each segment, in their order, so that the line looks the same. The
/// idea is that of M4 (Jugel and others, 2014).
fn reduced(run: &[Point]) -> Vec<Point> {
    if run.len() <= 4 * SEGMENTS {
        return run.to_vec();
    }
    let mut kept = Vec::with_capacity(4 * SEGMENTS);
    for segment in run.chunks(run.len().div_ceil(SEGMENTS)) {
        let by_height = |(_, one): &(usize, &Point), (_, other): &(usize, &Point)| one.1.total_cmp(&other.1);
        let lowest = segment.iter().enumerate().min_by(by_height);
        let highest = segment.iter().enumerate().max_by(by_height);
        let mut indices = [
            0,
            lowest.map_or(0, |(index, _)| index),
            highest.map_or(0, |(index, _)| index),
            segment.len() - 1,
        ];
        indices.sort_unstable();
        let mut before = None;
        for index in indices {
            if before != Some(index) {
                kept.extend(segment.get(index));
            }
            before = Some(index);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_cut_at_gaps_and_has_isolated_points() {
        let line = LinePath::of(&[Some((0.0, 10.0)), Some((0.5, 20.0)), None, Some((0.9, 5.0)), None]);
        assert_eq!(line.path, "M0 100l5000 100");
        assert_eq!(line.isolated, [(0.9, 5.0)]);
        assert_eq!(LinePath::of(&[]), LinePath::default());
    }

    #[test]
    fn long_line_keeps_its_peaks() {
        let points: Vec<Point> = (0..100_000)
            .map(|index| (f64::from(index) / 1e5, if index == 71_234 { 1.0 } else { 100.0 }))
            .collect();
        let kept = reduced(&points);
        assert!(kept.len() <= 4 * SEGMENTS);
        assert!(
            kept.contains(&points[71_234]) && kept.contains(&points[0]) && kept.contains(&points[99_999])
        );
        assert!(kept.is_sorted_by(|one, other| one.0 < other.0));
        assert_eq!(reduced(&points[..1000]), points[..1000]);
    }
}
