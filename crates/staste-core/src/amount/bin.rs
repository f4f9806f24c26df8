//! `Bin`: the interval of a logarithmic histogram that holds a value.
//!
//! The bounds of bins are the powers of 2^(1/32): scale 5 of the [exponential histogram of OpenTelemetry][otlp], schema 5
//! of the native histograms of Prometheus. Bins of negative values mirror those of positive ones, and zero has its own. A
//! value differs from the estimate for its bin by at most 1.1 %, as shown for such bins in the [paper on DDSketch][dd].
//!
//! [otlp]: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
//! [dd]: https://www.vldb.org/pvldb/vol12/p2195-masson.pdf

use std::ops::RangeInclusive;

/// Number of bins for each doubling of a value.
const BINS_PER_OCTAVE: i32 = 32;
/// Added to the index of a bin, so that the codes of positive values are positive.
const CODE_OFFSET: i32 = 2048;
/// Binary places of [`BOUNDS`].
const PLACES: i32 = 96;

/// 2^(j/32) for j from 0 to 31, times 2^96 and rounded down. Bins follow from these integers alone, so that every machine
/// puts a value into the same bin; logarithms of floats differ between machines.
const BOUNDS: [u128; 32] = [
    0x0001_0000_0000_0000_0000_0000_0000,
    0x0001_059B_0D31_5857_43AE_7C54_8EB6,
    0x0001_0B55_86CF_9890_F629_8B92_B718,
    0x0001_1130_1D01_25B5_0A4E_BBF1_AED9,
    0x0001_172B_83C7_D517_ADCD_F7C8_C50E,
    0x0001_1D48_7316_8B9A_A780_5B80_2899,
    0x0001_2387_A6E7_5623_866C_1FAD_B1C1,
    0x0001_29E9_DF51_FDEE_12C2_5D15_F5A2,
    0x0001_306F_E0A3_1B71_52DE_8D5A_4630,
    0x0001_371A_7373_AA9C_AA71_4550_2F45,
    0x0001_3DEA_64C1_2342_235B_4122_3E13,
    0x0001_44E0_8606_1892_D031_36F4_09DF,
    0x0001_4BFD_AD53_62A2_71D4_397A_FEC4,
    0x0001_5342_B569_D4F8_1DF0_A83C_49D8,
    0x0001_5AB0_7DD4_8542_958C_9301_5191,
    0x0001_6247_EB03_A558_4B1F_0FA0_6FD2,
    0x0001_6A09_E667_F3BC_C908_B2FB_1366,
    0x0001_71F7_5E8E_C5F7_3DD2_370F_2EF0,
    0x0001_7A11_473E_B018_6D7D_5102_3F6C,
    0x0001_8258_9994_CCE1_28AC_F88A_FAB3,
    0x0001_8ACE_5422_AA0D_B5BA_7C55_A192,
    0x0001_9373_7B0C_DC5E_4F45_01C3_F254,
    0x0001_9C49_182A_3F09_01C7_C46B_071F,
    0x0001_A550_3B23_E255_C8B4_2449_1CAF,
    0x0001_AE89_F995_AD3A_D5E8_734D_1773,
    0x0001_B7F7_6F2F_B5E4_6EAA_7B08_1AB5,
    0x0001_C199_BDD8_5529_C222_0CB1_2A09,
    0x0001_CB72_0DCE_F906_9150_3CBD_1E94,
    0x0001_D581_8DCF_BA48_725D_A05A_EB66,
    0x0001_DFC9_7337_B9B5_EB96_8CAC_39ED,
    0x0001_EA4A_FA2A_490D_9858_F73A_18F5,
    0x0001_F507_65B6_E454_0674_F84B_7628,
];

/// The bin of a value: one of the intervals (2^(i/32), 2^((i+1)/32)], their mirror images, or zero.
///
/// Values are integers of units, `multiplier` of which make one, as cells sum them.
///
/// ```
/// use staste::Bin;
/// // 0.3 in a Metrica with multiplier 1000.
/// let bin = Bin::of(300, 1000);
/// let (lower, upper) = bin.bounds();
/// assert!(lower < 0.3 && 0.3 <= upper && upper / lower < 1.022);
/// assert_eq!(bin.exponential_index(), Some(-56));
/// assert_eq!(Bin::of(-300, 1000).bounds(), (-upper, -lower));
/// assert_eq!(Bin::of(0, 1000), Bin::ZERO);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bin {
    /// Ascending with the values of the bin; 0 for zero.
    code: i32,
}

impl Bin {
    /// The bin of zero.
    pub const ZERO: Bin = Bin { code: 0 };

    /// The bin of the value one.
    pub const ONE: Bin = Bin { code: CODE_OFFSET - 1 };

    /// Returns the bin of a value of `units`, `multiplier` of which make one.
    ///
    /// `units` is at most 2^53 from zero, and `multiplier` is 1 to 10^9, as for every kick.
    pub fn of(units: i64, multiplier: u32) -> Bin {
        let magnitude = u128::from(units.unsigned_abs());
        let one = u128::from(multiplier.max(1));
        if magnitude == one {
            return if units < 0 { Bin { code: -Bin::ONE.code } } else { Bin::ONE };
        }
        if magnitude == 0 {
            return Bin::ZERO;
        }
        #[expect(clippy::cast_precision_loss, reason = "only a hint")]
        let hint = units.unsigned_abs() as f64 / f64::from(multiplier.max(1));
        let (octave, mut below) = octave_and_bounds_below(hint);
        // What decides are integers: the float may be rounded up to a power of two.
        let scaled = shifted(magnitude, PLACES - octave);
        while BOUNDS.get(below).is_some_and(|bound| one * bound < scaled) {
            below += 1;
        }
        // At most 32 bounds are below it.
        let within = i32::try_from(below).unwrap_or(BINS_PER_OCTAVE) - 1;
        let code = octave * BINS_PER_OCTAVE + within + CODE_OFFSET;
        Bin { code: if units < 0 { -code } else { code } }
    }

    /// Returns the number under which Stores keep the bin. The order of codes is the order of values.
    pub const fn code(self) -> i32 {
        self.code
    }

    /// Returns the bin with a code.
    pub const fn from_code(code: i32) -> Bin {
        Bin { code }
    }

    /// Returns true for the bins of negative values.
    pub const fn is_negative(self) -> bool {
        self.code < 0
    }

    /// Returns the index of the bin in an exponential histogram of OpenTelemetry of scale 5, among those of its sign; none
    /// for zero.
    pub const fn exponential_index(self) -> Option<i32> {
        match self.code {
            0 => None,
            code => Some(code.abs() - CODE_OFFSET),
        }
    }

    /// Returns the lower and the upper bound. A bin of positive values includes the upper one, a bin of negative values the
    /// lower one.
    pub fn bounds(self) -> (f64, f64) {
        let Some(index) = self.exponential_index() else { return (0.0, 0.0) };
        let bound = |index: i32| (f64::from(index) / f64::from(BINS_PER_OCTAVE)).exp2();
        let (near, far) = (bound(index), bound(index + 1));
        if self.is_negative() { (-far, -near) } else { (near, far) }
    }

    /// Returns the smallest and the largest integer of units in the bin.
    pub fn units(self, multiplier: u32) -> RangeInclusive<i128> {
        let Some(index) = self.exponential_index() else { return 0..=0 };
        let near = units_at_most(index, multiplier) + 1;
        let far = units_at_most(index + 1, multiplier).max(near);
        if self.is_negative() { -far..=-near } else { near..=far }
    }

    /// Returns the value that stands for all values in the bin: the only one if there is only one, else the one whose
    /// relative error is the smallest, 2ab/(a+b) for the smallest value a and the largest b.
    #[expect(clippy::cast_precision_loss, reason = "an estimate is a float")]
    pub fn estimate(self, multiplier: u32) -> f64 {
        let units = self.units(multiplier);
        let (first, last) = (*units.start() as f64, *units.end() as f64);
        let middle = if first == last { first } else { 2.0 * first * (last / (first + last)) };
        middle / f64::from(multiplier.max(1))
    }
}

/// Number of binary places of a float between 1 and 2 that look up [`BOUNDS_BELOW`].
const HINT_PLACES: u32 = 7;

/// The number of bounds below each multiple of 1/128 between 1 and 2.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const BOUNDS_BELOW: [u8; 1 << HINT_PLACES] = {
    let mut counts = [0; 1 << HINT_PLACES];
    let mut segment = 0;
    while segment < counts.len() {
        let start = ((counts.len() + segment) as u128) << (96 - HINT_PLACES);
        while (counts[segment] as usize) < BOUNDS.len() && BOUNDS[counts[segment] as usize] < start {
            counts[segment] += 1;
        }
        segment += 1;
    }
    counts
};

/// Returns the exponent of the largest power of two that is at most a positive float, and how many bounds after it are below
/// the float for certain.
fn octave_and_bounds_below(float: f64) -> (i32, usize) {
    let bits = float.to_bits();
    let octave = i32::try_from(bits >> 52).unwrap_or(0) - 1023;
    let segment = usize::try_from(bits >> (52 - HINT_PLACES)).unwrap_or(0) % BOUNDS_BELOW.len();
    (octave, BOUNDS_BELOW.get(segment).copied().map_or(0, usize::from))
}

fn shifted(number: u128, places: i32) -> u128 {
    number << places.unsigned_abs()
}

/// Returns the largest integer of units that is at most 2^(index/32).
fn units_at_most(index: i32, multiplier: u32) -> i128 {
    let octave = index.div_euclid(BINS_PER_OCTAVE);
    let within = usize::try_from(index.rem_euclid(BINS_PER_OCTAVE)).unwrap_or(0);
    let bound = BOUNDS.get(within).copied().unwrap_or_default() * u128::from(multiplier.max(1));
    let units = match PLACES - octave {
        places @ 0..128 => bound >> places,
        128.. => 0,
        // Beyond every value.
        _ => u128::MAX >> 1,
    };
    i128::try_from(units).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::amount::MAX_VALUE;

    /// The digits of a natural number of any size to base 2^32, the least significant first.
    type Digits = Vec<u32>;

    fn digits(mut number: u128) -> Digits {
        let mut digits = Digits::new();
        while number > 0 {
            digits.push(u32::try_from(number & 0xFFFF_FFFF).unwrap());
            number >>= 32;
        }
        digits
    }

    fn product(one: &Digits, other: &Digits) -> Digits {
        let mut product = vec![0_u32; one.len() + other.len()];
        for (low, digit) in one.iter().enumerate() {
            let mut carry = 0_u64;
            for (high, by) in other.iter().chain([&0]).enumerate() {
                let Some(own) = product.get_mut(low + high) else { continue };
                carry += u64::from(*own) + u64::from(*digit) * u64::from(*by);
                *own = u32::try_from(carry & 0xFFFF_FFFF).unwrap();
                carry >>= 32;
            }
        }
        while product.last() == Some(&0) {
            product.pop();
        }
        product
    }

    fn power(number: &Digits, exponent: u32) -> Digits {
        (0..exponent).fold(digits(1), |power, _| product(&power, number))
    }

    fn is_at_most(one: &Digits, other: &Digits) -> bool {
        one.len() < other.len() || (one.len() == other.len() && one.iter().rev().le(other.iter().rev()))
    }

    #[test]
    fn bounds_are_exact_roots_of_two() {
        for (j, bound) in (0..).zip(BOUNDS) {
            let exact = power(&digits(2), j + 32 * 96);
            assert!(is_at_most(&power(&digits(bound), 32), &exact), "{j}");
            assert!(!is_at_most(&power(&digits(bound + 1), 32), &exact), "{j}");
        }
    }

    /// Checks 2^(i/32) < units / multiplier <= 2^((i+1)/32) by comparing 32nd powers.
    fn is_in_bin(units: u64, multiplier: u32, index: i32) -> bool {
        let (units, one) = (power(&digits(units.into()), 32), power(&digits(multiplier.into()), 32));
        let is_at_most_bound = |index: i32| {
            let scale = power(&digits(2), index.unsigned_abs());
            if index < 0 {
                is_at_most(&product(&units, &scale), &one)
            } else {
                is_at_most(&units, &product(&one, &scale))
            }
        };
        !is_at_most_bound(index) && is_at_most_bound(index + 1)
    }

    #[test]
    fn powers_of_two_are_the_upper_bounds_of_their_bins() {
        for octave in 0..=53 {
            let bin = Bin::of(1 << octave, 1);
            assert_eq!(bin.exponential_index(), Some(octave * 32 - 1));
            assert!(is_in_bin(1 << octave, 1, octave * 32 - 1));
            assert!(Bin::of((1 << octave) + 1, 1).exponential_index() > bin.exponential_index());
        }
        assert_eq!(Bin::of(1, 4).exponential_index(), Some(-65));
        assert_eq!(Bin::of(1, 1_000_000_000).bounds().0.log10().floor(), -10.0);
        assert_eq!((Bin::of(7, 7), Bin::of(-7, 7).code()), (Bin::ONE, -Bin::ONE.code()));
    }

    #[test]
    fn small_integers_are_estimated_exactly() {
        for units in -46..=46 {
            assert_eq!(Bin::of(units, 1).estimate(1), units as f64);
            assert_eq!(Bin::of(units, 100).estimate(100), units as f64 / 100.0);
        }
        assert_ne!(Bin::of(1000, 1).estimate(1), 1000.0);
    }

    proptest! {
        #[test]
        fn value_is_within_the_bounds_of_its_bin(units in 1..=MAX_VALUE, shift in 0..53_u32, multiplier in 1..=1_000_000_000_u32) {
            let units = (units >> shift).max(1);
            let bin = Bin::of(units, multiplier);
            prop_assert!(is_in_bin(units.unsigned_abs(), multiplier, bin.exponential_index().unwrap()));
            prop_assert!(bin.units(multiplier).contains(&i128::from(units)));
            prop_assert_eq!(Bin::from_code(bin.code()), bin);
            prop_assert_eq!(Bin::of(-units, multiplier).code(), -bin.code());
            let value = units as f64 / f64::from(multiplier);
            prop_assert!((bin.estimate(multiplier) - value).abs() <= 0.010_84 * value);
        }

        #[test]
        fn codes_are_in_the_order_of_values(one in -MAX_VALUE..=MAX_VALUE, other in -MAX_VALUE..=MAX_VALUE, shift in 0..53_u32, multiplier in 1..=1_000_000_000_u32) {
            let (smaller, larger) = (one.min(other) >> shift, one.max(other) >> shift);
            prop_assert!(Bin::of(smaller, multiplier) <= Bin::of(larger, multiplier));
        }
    }
}
