//! `Amount`: what kicks add to a cell.

use std::iter::{self, Sum};
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// The sum and the number of some kicks: what they add to a cell, or what cells add up to.
///
/// The sum is that of their values times the multiplier of the Metrica. In a plain Metrica cells have no count, and it
/// is 0 where it was read from them.
///
/// ```
/// use staste_core::Amount;
/// let two = Amount::new(7, 1) + Amount::new(-2, 1);
/// assert_eq!((two.total(), two.count()), (5, 2));
/// assert!((two - two).is_zero());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount {
    total: i128,
    count: i128,
}

impl Amount {
    /// No kicks.
    pub const ZERO: Amount = Amount { total: 0, count: 0 };

    /// Kicks with this sum of values, and their number.
    pub const fn new(total: i128, count: i128) -> Amount {
        Amount { total, count }
    }

    /// The amount in a cell that stores two 64-bit integers.
    pub fn stored(total: i64, count: i64) -> Amount {
        Amount { total: i128::from(total), count: i128::from(count) }
    }

    /// The sum of the values, times the multiplier.
    pub const fn total(self) -> i128 {
        self.total
    }

    /// The number of kicks.
    pub const fn count(self) -> i128 {
        self.count
    }

    /// The number of kicks of a batch, which is never negative.
    pub fn kicks(self) -> u64 {
        u64::try_from(self.count).unwrap_or(if self.count < 0 { 0 } else { u64::MAX })
    }

    /// True for no kicks and a sum of 0.
    pub const fn is_zero(self) -> bool {
        self.total == 0 && self.count == 0
    }

    /// True where a cell with this amount is as good as none: where the Metrica has no counts, only the sum tells.
    pub const fn is_empty_cell(self, is_averaged: bool) -> bool {
        self.total == 0 && (self.count == 0 || !is_averaged)
    }

    /// The total and the count as a cell stores them; none where one of them exceeds 64 bits.
    ///
    /// ```
    /// use staste_core::Amount;
    /// assert_eq!(Amount::new(5, 2).to_stored(), Some((5, 2)));
    /// assert_eq!(Amount::new(1 << 63, 2).to_stored(), None);
    /// ```
    pub fn to_stored(self) -> Option<(i64, i64)> {
        Some((i64::try_from(self.total).ok()?, i64::try_from(self.count).ok()?))
    }

    /// Amounts that sum to this one, with totals that fit 64 bits and can be negated: a change from one end of a cell's
    /// range to the other exceeds what fits. All but the first have no count.
    ///
    /// ```
    /// use staste_core::Amount;
    /// let steps: Vec<(i64, i128)> = Amount::new(i128::from(i64::MAX) + 3, 2).steps().collect();
    /// assert_eq!(steps, [(i64::MAX, 2), (3, 0)]);
    /// assert_eq!(Amount::ZERO.steps().collect::<Vec<_>>(), [(0, 0)]);
    /// ```
    pub fn steps(self) -> impl Iterator<Item = (i64, i128)> {
        let most = i128::from(i64::MAX);
        let step = move |total: i128| i64::try_from(total.clamp(-most, most)).unwrap_or(0);
        let first = step(self.total);
        let rest = iter::successors(Some(self.total - i128::from(first)), move |rest| {
            Some(rest - i128::from(step(*rest)))
        });
        let rest = rest.take_while(|rest| *rest != 0).map(move |rest| (step(rest), 0));
        iter::once((first, self.count)).chain(rest)
    }
}

impl Add for Amount {
    type Output = Amount;

    fn add(self, other: Amount) -> Amount {
        Amount { total: self.total + other.total, count: self.count + other.count }
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        *self = *self + other;
    }
}

impl Neg for Amount {
    type Output = Amount;

    fn neg(self) -> Amount {
        Amount { total: -self.total, count: -self.count }
    }
}

impl Sub for Amount {
    type Output = Amount;

    fn sub(self, other: Amount) -> Amount {
        self + -other
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Amount) {
        *self = *self - other;
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Amount {
        amounts.fold(Amount::ZERO, Amount::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_sum_to_the_amount_and_can_be_negated() {
        let ends = i128::from(i64::MAX) - i128::from(i64::MIN);
        for total in [0, 1, -1, i128::from(i64::MIN), ends, -ends, ends + 1] {
            let steps: Vec<(i64, i128)> = Amount::new(total, 3).steps().collect();
            assert_eq!(steps.iter().map(|(total, _)| i128::from(*total)).sum::<i128>(), total);
            assert_eq!(steps.iter().map(|(_, count)| count).sum::<i128>(), 3);
            assert!(steps.iter().all(|(total, _)| total.checked_neg().is_some()));
        }
    }
}
