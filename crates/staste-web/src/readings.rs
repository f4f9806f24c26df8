//! What pages ask of readings.

use staste_core::Reading;

/// True when anything was counted.
pub(crate) fn has_data(reading: &Reading) -> bool {
    reading.total.raw() != 0 || reading.count.is_some_and(|count| count != 0)
}

/// A reading of nothing, with a count and a distribution where `like` has them.
pub(crate) fn nothing(like: &Reading) -> Reading {
    like.minus(like)
}

#[cfg(test)]
mod tests {
    use staste_core::Total;

    use super::*;

    #[test]
    fn nothing_has_no_data() {
        let reading = |total, count| Reading::new(Total::new(total, 100), count);
        let one = reading(250, Some(3));
        assert_eq!(nothing(&one), reading(0, Some(0)));
        assert!(has_data(&one) && has_data(&reading(0, Some(1))) && !has_data(&nothing(&one)));
    }
}
