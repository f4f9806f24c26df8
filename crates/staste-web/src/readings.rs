//! Sums and differences of readings.

use staste_core::{Reading, Total};

/// True when anything was counted.
pub(crate) fn has_data(reading: &Reading) -> bool {
    reading.total.raw() != 0 || reading.count.is_some_and(|count| count != 0)
}

/// The sum of two readings of a Metrica.
pub(crate) fn sum(one: &Reading, other: &Reading) -> Reading {
    combine(one, other, |one, other| one + other)
}

/// The rest of a reading without one of its parts.
pub(crate) fn difference(whole: &Reading, part: &Reading) -> Reading {
    combine(whole, part, |whole, part| whole - part)
}

/// A reading of nothing, with a count where `like` has one.
pub(crate) fn nothing(like: &Reading) -> Reading {
    Reading { total: Total::new(0, like.total.multiplier()), count: like.count.map(|_| 0) }
}

fn combine(one: &Reading, other: &Reading, of: impl Fn(i128, i128) -> i128) -> Reading {
    Reading {
        total: Total::new(of(one.total.raw(), other.total.raw()), one.total.multiplier()),
        count: one.count.zip(other.count).map(|(one, other)| of(one, other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sum_and_difference_undo_each_other() {
        let reading = |total, count| Reading { total: Total::new(total, 100), count };
        let (one, other) = (reading(250, Some(3)), reading(-50, Some(1)));
        assert_eq!(sum(&one, &other), reading(200, Some(4)));
        assert_eq!(difference(&sum(&one, &other), &other), one);
        assert_eq!(sum(&nothing(&one), &one), one);
        assert!(has_data(&one) && has_data(&reading(0, Some(1))) && !has_data(&nothing(&one)));
        assert_eq!(sum(&reading(1, None), &reading(2, None)), reading(3, None));
    }
}
