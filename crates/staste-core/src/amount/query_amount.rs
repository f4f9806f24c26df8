//! `QueryAmount`: what a query sums up: an amount, and the distribution of its values if the query reads bins.

use std::iter::Sum;
use std::ops::{AddAssign, SubAssign};

use crate::amount::cell_amount::Amount;
use crate::amount::distribution::Distribution;

/// The amount of some kicks with the distribution of their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueryAmount {
    pub(crate) amount: Amount,
    /// Empty if the query does not read bins.
    pub(crate) distribution: Distribution,
}

impl QueryAmount {
    /// Returns true for no kicks and a total of 0.
    pub(crate) fn is_zero(&self) -> bool {
        self.amount.is_zero()
    }
}

impl From<Amount> for QueryAmount {
    fn from(amount: Amount) -> QueryAmount {
        QueryAmount { amount, ..QueryAmount::default() }
    }
}

impl AddAssign<&QueryAmount> for QueryAmount {
    fn add_assign(&mut self, other: &QueryAmount) {
        self.amount += other.amount;
        self.distribution += &other.distribution;
    }
}

impl SubAssign<&QueryAmount> for QueryAmount {
    fn sub_assign(&mut self, other: &QueryAmount) {
        self.amount -= other.amount;
        self.distribution -= &other.distribution;
    }
}

impl<'a> Sum<&'a QueryAmount> for QueryAmount {
    fn sum<I: Iterator<Item = &'a QueryAmount>>(amounts: I) -> QueryAmount {
        amounts.fold(QueryAmount::default(), |mut sum, amount| {
            sum += amount;
            sum
        })
    }
}
