//! `Amount`: the total and the count of kicks, as cells store and sum them.

use std::iter::{self, Sum};
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// The total and the count of some kicks: what they add to a cell, or the sum of cells.
/// The total is the sum of their values times the multiplier of the Metrica. Cells of a plain Metrica have no count: an
/// amount that was read from them has count 0.
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
    /// The amount of no kicks.
    pub const ZERO: Amount = Amount { total: 0, count: 0 };

    /// Creates an amount from a total and a count.
    pub const fn new(total: i128, count: i128) -> Amount {
        Amount { total, count }
    }

    /// Creates an amount from the two 64-bit integers of a stored cell.
    pub fn stored(total: i64, count: i64) -> Amount {
        Amount { total: i128::from(total), count: i128::from(count) }
    }

    /// Returns the sum of the values times the multiplier.
    pub const fn total(self) -> i128 {
        self.total
    }

    /// Returns the number of kicks.
    pub const fn count(self) -> i128 {
        self.count
    }

    /// Returns the number of kicks of a batch, which is never negative.
    pub fn kicks(self) -> u64 {
        u64::try_from(self.count).unwrap_or(if self.count < 0 { 0 } else { u64::MAX })
    }

    /// Returns true for no kicks and a total of 0.
    pub const fn is_zero(self) -> bool {
        self.total == 0 && self.count == 0
    }

    /// Returns true when a cell with this amount equals a missing cell. In a plain Metrica only the total matters.
    pub const fn is_empty_cell(self, is_averaged: bool) -> bool {
        self.total == 0 && (self.count == 0 || !is_averaged)
    }

    /// Returns the total and the count as a cell stores them; none when one of them exceeds 64 bits.
    ///
    /// ```
    /// use staste_core::Amount;
    /// assert_eq!(Amount::new(5, 2).to_stored(), Some((5, 2)));
    /// assert_eq!(Amount::new(1 << 63, 2).to_stored(), None);
    /// ```
    pub fn to_stored(self) -> Option<(i64, i64)> {
        Some((i64::try_from(self.total).ok()?, i64::try_from(self.count).ok()?))
    }

    /// Splits the amount into steps whose totals fit 64 bits and can be negated: a change from one end of a cell's
    /// range to the other does not fit. All steps but the first have count 0.
    ///
    /// ```
    /// use staste_core::Amount;
    /// let steps: Vec<(i64, i128)> = Amount::new(i128::from(i64::MAX) + 3, 2).steps().collect();
    /// assert_eq!(steps, [(i64::MAX, 2), (3, 0)]);
    /// assert_eq!(Amount::ZERO.steps().collect::<Vec<_>>(), [(0, 0)]);
    /// ```
    pub fn steps(self) -> impl Iterator<Item = (i64, i128)> {
        let max = i128::from(i64::MAX);
        let step = move |total: i128| i64::try_from(total.clamp(-max, max)).unwrap_or(0);
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
