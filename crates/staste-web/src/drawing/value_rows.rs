//! `ValueRows`: neighbouring bins of a histogram as one row each, few enough to be seen.
//!
//! Rows double in width until there are few enough, like the coarser scales of an exponential histogram, whose bins are
//! whole bins of the finer ones.

use staste_core::Bin;

/// Number of bins of one scale for each doubling of a value, as a power of two.
const OCTAVE_SHIFT: u32 = 5;
/// Added to the number of a row of positive values, so that it is positive.
const OFFSET: i32 = 1 << 12;

/// Contiguous rows of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ValueRows {
    /// Each row has two to the power of this many bins.
    shift: u32,
    ends: Option<(i32, i32)>,
    /// The row of the smallest positive value; there is none between it and zero.
    nearest: i32,
}

impl ValueRows {
    /// The rows of some bins of values of a Metrica with this multiplier, at most `max` of them.
    pub(super) fn of(bins: impl Iterator<Item = Bin> + Clone, max: usize, multiplier: u32) -> ValueRows {
        let ends = bins.clone().min().zip(bins.max());
        let rows = |shift: u32| ValueRows {
            shift,
            ends: ends.map(|(low, high)| (key(low, shift), key(high, shift))),
            nearest: key(Bin::of(1, multiplier), shift),
        };
        (0..12).map(rows).find(|rows| rows.len() <= max).unwrap_or_else(|| rows(12))
    }

    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        self.keys().count()
    }

    /// The rows from the lowest values to the highest: between those of negative and positive values is only that of zero.
    fn keys(&self) -> impl Iterator<Item = i32> {
        let nearest = self.nearest;
        let is_there = move |key: &i32| *key == 0 || key.abs() >= nearest;
        self.ends.into_iter().flat_map(move |(low, high)| low..=high).filter(is_there)
    }

    /// The row that a bin is in.
    pub(super) fn row(&self, bin: Bin) -> Option<usize> {
        let key = key(bin, self.shift);
        self.keys().position(|own| own == key)
    }

    /// The lower and the upper bound of a row.
    pub(super) fn bounds(&self, row: usize) -> (f64, f64) {
        let Some(key) = self.keys().nth(row).filter(|key| *key != 0) else { return (0.0, 0.0) };
        let octaves = f64::from(1_u32 << self.shift) / f64::from(1_u32 << OCTAVE_SHIFT);
        let number = f64::from(key.abs() - OFFSET);
        let (near, far) = ((number * octaves).exp2(), ((number + 1.0) * octaves).exp2());
        if key < 0 { (-far, -near) } else { (near, far) }
    }

    /// The place of a value in rows from the bottom: 2.5 is the middle of the third row. Within a row it is logarithmic.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let count = self.len();
        (0..count).find_map(|row| {
            let (lower, upper) = self.bounds(row);
            let is_within = if lower == upper { value == 0.0 } else { lower <= value && value <= upper };
            let start = f64::from(u32::try_from(row).unwrap_or(0));
            is_within.then(|| match lower == upper {
                true => start + 0.5,
                false => start + (value / lower).abs().log2() / (upper / lower).abs().log2(),
            })
        })
    }
}

/// The number of the row of a bin, ascending with the values.
fn key(bin: Bin, shift: u32) -> i32 {
    match bin.exponential_index() {
        None => 0,
        Some(index) => {
            let row = (index >> shift) + OFFSET;
            if bin.is_negative() { -row } else { row }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: &[i64], max: usize) -> (ValueRows, Vec<usize>) {
        let bins: Vec<Bin> = values.iter().map(|value| Bin::of(*value, 1000)).collect();
        let rows = ValueRows::of(bins.iter().copied(), max, 1000);
        (rows, bins.iter().map(|bin| rows.row(*bin).unwrap()).collect())
    }

    #[test]
    fn rows_are_as_narrow_as_their_number_allows() {
        let (narrow, places) = rows(&[1000, 1010, 1100], 30);
        assert_eq!((narrow.shift, places), (0, vec![0, 1, 5]));
        assert_eq!(narrow.bounds(0), (2f64.powf(-1.0 / 32.0), 1.0));
        let (wide, places) = rows(&[1, 10, 100, 1000, 60_000], 20);
        assert!(wide.len() <= 20 && wide.len() > 10, "{wide:?}");
        assert!(places.is_sorted());
        for (value, row) in [1, 10, 100, 1000, 60_000].iter().zip(places) {
            let (lower, upper) = wide.bounds(row);
            let value = f64::from(*value) / 1000.0;
            assert!(lower < value && value <= upper, "{value} {lower} {upper}");
            let place = if value < upper { row } else { row + 1 };
            let start = f64::from(u32::try_from(place).unwrap());
            assert!((start..=start + 1.0).contains(&wide.place(value).unwrap()), "{value}");
        }
    }

    #[test]
    fn zero_is_between_negative_and_positive_rows() {
        let (rows, places) = rows(&[-5000, -1, 0, 1, 7000], 60);
        assert!(places.is_sorted() && rows.len() <= 60, "{places:?}");
        assert_eq!(rows.bounds(places[2]), (0.0, 0.0));
        let (lower, upper) = rows.bounds(places[0]);
        assert!(lower <= -5.0 && -5.0 < upper && upper < 0.0);
        assert_eq!(ValueRows::of(std::iter::empty(), 10, 1).len(), 0);
    }
}
