//! `Distribution`: how many values are in each bin, and what follows from that: percentiles, shares, a histogram.

use std::collections::BTreeMap;
use std::ops::{Add, AddAssign, Sub, SubAssign};

use crate::amount::bin::Bin;
use crate::amount::percentile::Percentile;
use crate::amount::value::Value;
use crate::error::Result;

/// The values of some kicks as counts by bin. Distributions of different kicks add up without error.
///
/// ```
/// use staste::{Axis, MemoryStore, Moment, Percentile, Staste};
/// let staste = Staste::new(MemoryStore::new());
/// let responses = staste.metrica("responses").axis("view", Axis::stored()).distribution().multiplier(1000).build()?;
/// for milliseconds in 1..=100 {
///     responses.kick_with([("view", "/")], f64::from(milliseconds) / 1000.0, Moment::Now)?;
/// }
/// let distribution = responses.values().distribution()?;
/// assert_eq!(distribution.count(), 100);
/// let p95 = distribution.percentile(Percentile::P95).unwrap();
/// assert!((p95 / 0.09505 - 1.0).abs() < 0.011);
/// assert_eq!(distribution.share_at_most(0.025)?.unwrap().share, 0.25);
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    multiplier: u32,
    counts: BTreeMap<Bin, i128>,
    unrecorded: i128,
}

/// A bin of a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct HistogramBin {
    /// The bin.
    pub bin: Bin,
    /// The lower bound; see [`Bin::bounds`].
    pub lower: f64,
    /// The upper bound.
    pub upper: f64,
    /// The number of values.
    pub count: i128,
}

/// A part of some kicks, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Share {
    /// The estimate.
    pub share: f64,
    /// The largest distance of the true share from the estimate: 0 when the limit is not within a bin that has values.
    pub margin: f64,
}

impl Distribution {
    /// Returns the same distribution in a Metrica with this multiplier.
    pub(crate) fn with_multiplier(mut self, multiplier: u32) -> Distribution {
        self.multiplier = multiplier;
        self
    }

    /// Adds kicks with values in a bin; those of no bin were counted before the Metrica had bins.
    pub(crate) fn add_to_bin(&mut self, bin: Option<Bin>, count: i128) {
        match bin {
            None => self.unrecorded += count,
            Some(bin) => {
                let sum = self.counts.entry(bin).or_default();
                *sum += count;
                if *sum == 0 {
                    self.counts.remove(&bin);
                }
            }
        }
    }

    /// Returns the number of values in all bins.
    pub fn count(&self) -> i128 {
        self.counts.values().sum()
    }

    /// Returns the number of kicks without a bin: they were counted before the Metrica became a distribution. Unless it is
    /// 0, percentiles and shares are unknown.
    pub fn unrecorded(&self) -> i128 {
        self.unrecorded
    }

    /// Returns true if there are no values, or some kicks have no bin.
    fn is_unknown(&self) -> bool {
        self.unrecorded != 0 || self.counts.is_empty()
    }

    /// Returns a percentile, within 1.1 % of the true one; none without kicks, and if some kicks have no bin.
    ///
    /// It lies between the two closest ranks in proportion, as in spreadsheets and by default in NumPy: with 4 values, the
    /// median is the mean of the second and the third (type 7 of [Hyndman and Fan 1996][hf]).
    ///
    /// [hf]: https://doi.org/10.1080/00031305.1996.10473566
    pub fn percentile(&self, percentile: Percentile) -> Option<f64> {
        if self.is_unknown() {
            return None;
        }
        let (index, part) = percentile.position(self.count());
        let value = self.value_at(index)?;
        let next = if part > 0.0 { self.value_at(index + 1)? } else { value };
        Some(value + (next - value) * part)
    }

    /// Returns the estimate for the value at an index of the sorted values.
    fn value_at(&self, index: i128) -> Option<f64> {
        let mut before = 0;
        let bin = self.counts.iter().find(|(_, count)| {
            before += **count;
            before > index
        });
        bin.map(|(bin, _)| bin.estimate(self.multiplier))
    }

    /// Returns the share of values that are at most a limit; none without kicks, and if some kicks have no bin.
    ///
    /// The limit is rounded like the value of a kick. Where it is within a bin, the values of the bin are taken to be spread
    /// evenly, and the margin says by how much the share can differ.
    ///
    /// # Errors
    /// When the limit is not a finite number.
    pub fn share_at_most(&self, limit: f64) -> Result<Option<Share>> {
        let units = self.units_of(limit)?;
        if self.is_unknown() {
            return Ok(None);
        }
        let (mut below, mut margin) = (0.0, 0.0);
        for (bin, count) in &self.counts {
            let range = bin.units(self.multiplier);
            let (first, last) = (*range.start(), *range.end());
            let count = as_f64(*count);
            if last <= units {
                below += count;
            } else if first <= units {
                let part = as_f64(units - first + 1) / as_f64(last - first + 1);
                below += count * part;
                margin = count * part.max(1.0 - part);
            }
        }
        let all = as_f64(self.count());
        Ok(Some(Share { share: below / all, margin: margin / all }))
    }

    /// Returns the number of values in the bins that are below a limit as a whole: those that are certainly at most the
    /// limit.
    ///
    /// # Errors
    /// When the limit is not a finite number.
    pub fn count_at_most(&self, limit: f64) -> Result<i128> {
        let units = self.units_of(limit)?;
        let bins = self.counts.iter().filter(|(bin, _)| *bin.units(self.multiplier).end() <= units);
        Ok(bins.map(|(_, count)| *count).sum())
    }

    fn units_of(&self, limit: f64) -> Result<i128> {
        let multiplier = self.multiplier.max(1);
        let limit = if multiplier == 1 && limit.is_finite() { limit.floor() } else { limit };
        let largest = crate::amount::MAX_VALUE as f64 / f64::from(multiplier);
        if limit.abs() > largest && limit.is_finite() {
            return Ok(if limit > 0.0 { i128::MAX } else { i128::MIN });
        }
        Value::from(limit).times(multiplier).map(i128::from)
    }

    /// Returns the bins that have values, in the order of values.
    pub fn bins(&self) -> impl DoubleEndedIterator<Item = HistogramBin> {
        self.counts.iter().map(|(bin, count)| {
            let (lower, upper) = bin.bounds();
            HistogramBin { bin: *bin, lower, upper, count: *count }
        })
    }

    fn combine(&mut self, other: &Distribution, sign: i128) {
        self.multiplier = self.multiplier.max(other.multiplier);
        self.unrecorded += sign * other.unrecorded;
        for (bin, count) in &other.counts {
            self.add_to_bin(Some(*bin), sign * *count);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share is a float")]
fn as_f64(count: i128) -> f64 {
    count as f64
}

impl AddAssign<&Distribution> for Distribution {
    fn add_assign(&mut self, other: &Distribution) {
        self.combine(other, 1);
    }
}

impl SubAssign<&Distribution> for Distribution {
    fn sub_assign(&mut self, other: &Distribution) {
        self.combine(other, -1);
    }
}

impl Add for &Distribution {
    type Output = Distribution;

    fn add(self, other: &Distribution) -> Distribution {
        let mut sum = self.clone();
        sum += other;
        sum
    }
}

impl Sub for &Distribution {
    type Output = Distribution;

    fn sub(self, other: &Distribution) -> Distribution {
        let mut difference = self.clone();
        difference -= other;
        difference
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "indices of short lists")]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn distribution(units: &[i64], multiplier: u32) -> Distribution {
        let mut distribution = Distribution::default().with_multiplier(multiplier);
        units.iter().for_each(|units| distribution.add_to_bin(Some(Bin::of(*units, multiplier)), 1));
        distribution
    }

    /// The percentile of sorted values, as NumPy computes it.
    fn exact(sorted: &[f64], percent: f64) -> f64 {
        let position = (sorted.len() - 1) as f64 * percent / 100.0;
        let (low, high) = (position.floor() as usize, position.ceil() as usize);
        sorted[low] + (sorted[high] - sorted[low]) * (position - position.floor())
    }

    #[test]
    fn small_integers_have_exact_percentiles() {
        let values = distribution(&[-40, -2, -1, 0, 0, 3, 3, 46], 1);
        let percentiles = [0.0, 25.0, 50.0, 75.0, 100.0]
            .map(|percent| values.percentile(Percentile::new(percent).unwrap()).unwrap());
        assert_eq!(percentiles, [-40.0, -1.25, 0.0, 3.0, 46.0]);
        let share = |limit: f64| values.share_at_most(limit).unwrap().unwrap();
        assert_eq!(share(0.0), Share { share: 0.625, margin: 0.0 });
        assert_eq!((share(-2.5).share, share(2.9).share, share(1e300).share), (0.125, 0.625, 1.0));
        assert!(values.share_at_most(f64::NAN).unwrap_err().is_invalid_input());
    }

    #[test]
    fn limit_within_a_bin_has_a_margin() {
        // 1000 to 1009 are in the bin (1002.?, 1024]: shares in it are estimates.
        let values = distribution(&[1010, 1020], 1);
        let share = values.share_at_most(1015.0).unwrap().unwrap();
        assert!((share.share - 0.5).abs() <= share.margin && share.margin > 0.0);
        assert_eq!(values.count_at_most(1015.0).unwrap(), 0);
        assert_eq!(values.count_at_most(1024.0).unwrap(), 2);
    }

    #[test]
    fn kicks_without_a_bin_leave_percentiles_unknown() {
        let mut values = distribution(&[5, 6], 1);
        values.add_to_bin(None, 1);
        assert_eq!((values.count(), values.unrecorded()), (2, 1));
        assert_eq!(values.percentile(Percentile::MEDIAN), None);
        assert_eq!(values.share_at_most(5.0).unwrap(), None);
        assert_eq!(Distribution::default().percentile(Percentile::MEDIAN), None);
    }

    proptest! {
        #[test]
        fn percentiles_and_shares_are_close_to_those_of_sorted_values(
            mut units in vec(prop_oneof![-2000..2000_i64, 0..10_000_000_i64], 1..60),
            thousandths in 0..=100_000_u32,
            limit in -2000..10_000_000_i64,
        ) {
            let values = distribution(&units, 1000);
            units.sort_unstable();
            let sorted: Vec<f64> = units.iter().map(|units| *units as f64 / 1000.0).collect();
            let percentile = Percentile::new(f64::from(thousandths) / 1000.0).unwrap();
            let (found, expected) = (values.percentile(percentile).unwrap(), exact(&sorted, percentile.percent()));
            let position = ((units.len() - 1) as f64 * percentile.percent() / 100.0).floor() as usize;
            let largest = sorted[position].abs().max(sorted[(position + 1).min(sorted.len() - 1)].abs());
            let bound = if sorted[position] < 0.0 { largest } else { expected.abs() };
            prop_assert!((found - expected).abs() <= 0.010_84 * bound + 1e-9, "{} {}", found, expected);
            let share = values.share_at_most(limit as f64 / 1000.0).unwrap().unwrap();
            let exact_share = units.iter().filter(|units| **units <= limit).count() as f64 / units.len() as f64;
            prop_assert!((share.share - exact_share).abs() <= share.margin + 1e-9);
        }

        #[test]
        fn sums_and_differences_equal_the_distributions_of_the_kicks(one in vec(-50..5000_i64, 0..20), other in vec(-50..5000_i64, 0..20)) {
            let both = distribution(&[one.clone(), other.clone()].concat(), 10);
            let (one, other) = (distribution(&one, 10), distribution(&other, 10));
            prop_assert_eq!(&(&one + &other), &both);
            prop_assert_eq!(&(&both - &other), &one);
        }
    }
}
