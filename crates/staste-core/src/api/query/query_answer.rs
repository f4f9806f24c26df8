//! `QueryAnswer`: the answer of a Store in terms of the axes that people see, with bins gathered into distributions.

use std::collections::HashMap;

use crate::amount::{Bin, QueryAmount};
use crate::schema::{Choice, Definition};
use crate::store::{Answer, Group, Select};

/// One group of the answer.
#[derive(Clone, Debug)]
pub(super) struct QueryGroup {
    /// The start of the period.
    pub(super) start: i64,
    /// Choices on the grouped axes, in the Store's order.
    pub(super) choices: Vec<Choice>,
    pub(super) amount: QueryAmount,
}

/// The groups that a query read.
#[derive(Debug, Default)]
pub(super) struct QueryAnswer {
    pub(super) groups: Vec<QueryGroup>,
    /// For each axis selected by [`Select::Each`], its known choices in order of first appearance.
    pub(super) known: Vec<Vec<Choice>>,
}

impl QueryAnswer {
    /// Gathers the bins of each group, if they were selected.
    pub(super) fn new(answer: Answer, definition: &Definition, select: &[Select]) -> QueryAnswer {
        let bins = definition.bin_axis().filter(|axis| matches!(select.get(*axis), Some(Select::Each(_))));
        let Answer { groups, mut known, .. } = answer;
        let Some(axis) = bins else {
            let groups = groups.into_iter().map(|Group { start, choices, amount }| QueryGroup {
                start,
                choices,
                amount: amount.into(),
            });
            return QueryAnswer { groups: groups.collect(), known };
        };
        let before = select.iter().take(axis);
        let column = before.clone().filter(|select| matches!(select, Select::Each(_) | Select::Any)).count();
        let listed = before.filter(|select| matches!(select, Select::Each(_))).count();
        if listed < known.len() {
            known.remove(listed);
        }
        let mut sums: HashMap<(i64, Vec<Choice>), QueryAmount> = HashMap::new();
        for Group { start, mut choices, amount } in groups {
            let bin = if column < choices.len() { Some(choices.remove(column)) } else { None };
            let sum = sums.entry((start, choices)).or_default();
            sum.amount += amount;
            sum.distribution.add_to_bin(bin.as_ref().and_then(bin_of), amount.count());
        }
        let groups = sums.into_iter().map(|((start, choices), amount)| QueryGroup { start, choices, amount });
        QueryAnswer { groups: groups.collect(), known }
    }

    /// Returns the sum of all groups.
    pub(super) fn sum(&self) -> QueryAmount {
        self.groups.iter().map(|group| &group.amount).sum()
    }
}

/// Returns the bin of a choice on the axis of bins; none for kicks without one.
fn bin_of(choice: &Choice) -> Option<Bin> {
    match choice {
        Choice::Value(code) => code.parse().ok().map(Bin::from_code),
        _ => None,
    }
}
