//! A planned question: which cells to read and how to group them; and its answer.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::amount::Amount;
use crate::schema::{Choice, Definition, Watermarks};
use crate::store::choice_table::ChoiceTable;
use crate::time::Scale;

/// What to do with an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Select {
    /// The cell at ALL.
    All,
    /// The cell of one choice; when scanning, a path stands for everything below it too.
    Is(Choice),
    /// One group for each choice; on a path axis, for each child of the path (or of the root, at ALL)
    /// and for the path itself.
    Each(Choice),
    /// When scanning: whatever the choice, in one group.
    Sum,
    /// One group for every cell, ALL and every level of a path included.
    Any,
}

/// Buckets of one kept scale that start in `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The scale.
    pub scale: Scale,
    /// The first start that belongs.
    pub from: i64,
    /// The first start that does not.
    pub to: i64,
}

/// What to read.
#[derive(Clone, Debug)]
pub struct Question {
    /// The definition as the reader knows it; it must be the Store's.
    pub definition: Arc<Definition>,
    /// Which buckets.
    pub spans: Vec<Span>,
    /// The starts of the periods to sum buckets into, rising; empty: each bucket is a period.
    pub cuts: Vec<i64>,
    /// What to do with each axis.
    pub select: Vec<Select>,
    /// Read the full points only, and group them; for filters that have no cell of their own.
    pub scan: bool,
    /// Also read cells below the watermarks that have not been deleted yet; for repairs, which have to find out what is
    /// left there.
    pub below_watermarks: bool,
}

/// One group of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The start of the period.
    pub start: i64,
    /// The choices on the axes that are [`Select::Each`] or [`Select::Any`], in order.
    pub choices: Vec<Choice>,
    /// The amount; its count is 0 for a plain Metrica.
    pub amount: Amount,
}

/// The answer to a question, from one consistent look.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The Store's watermarks at the time.
    pub watermarks: Watermarks,
    /// The groups that have cells, in no order.
    pub groups: Vec<Group>,
    /// For each axis that is [`Select::Each`], the choices known on it, first seen first.
    pub known: Vec<Vec<Choice>>,
}

impl Question {
    /// The answer of a Store that does not have the Metrica: no cells, and the declared choices.
    pub(crate) fn of_nothing(&self) -> Answer {
        let tables: Vec<ChoiceTable> = self.definition.axes.iter().map(ChoiceTable::new).collect();
        Tally::new(self).answer(&tables, Watermarks::default())
    }

    /// The start of the period that a bucket is summed into.
    pub fn period_of(&self, bucket: i64) -> i64 {
        let after = self.cuts.partition_point(|cut| *cut <= bucket);
        after.checked_sub(1).and_then(|index| self.cuts.get(index)).copied().unwrap_or(bucket)
    }
}

/// The grouping ids of a point: one for each axis that is grouped by.
pub(crate) type GroupIds = SmallVec<[u32; 4]>;

/// Sums cells into the groups of a question; what every Store fills while it reads.
#[derive(Debug)]
pub struct Tally<'a> {
    question: &'a Question,
    sums: HashMap<(i64, GroupIds), Amount, foldhash::fast::RandomState>,
}

impl<'a> Tally<'a> {
    /// An empty tally.
    pub fn new(question: &'a Question) -> Tally<'a> {
        Tally { question, sums: HashMap::default() }
    }

    /// Adds one cell of a bucket to the group of these ids (of the grouped axes only).
    pub fn add(&mut self, bucket: i64, group: &[u32], amount: Amount) {
        let period = self.question.period_of(bucket);
        *self.sums.entry((period, GroupIds::from_slice(group))).or_default() += amount;
    }

    /// The answer, with ids turned back into choices by the tables of all axes.
    pub fn answer(self, tables: &[ChoiceTable], watermarks: Watermarks) -> Answer {
        let grouped: Vec<(&ChoiceTable, &Select)> = tables
            .iter()
            .zip(&self.question.select)
            .filter(|(_, select)| matches!(select, Select::Each(_) | Select::Any))
            .collect();
        let groups = self.sums.into_iter().map(|((start, ids), amount)| Group {
            start,
            choices: ids.iter().zip(&grouped).map(|(id, (table, _))| table.choice(*id)).collect(),
            amount,
        });
        let known = grouped.iter().filter_map(|(table, select)| match select {
            Select::Each(under) => Some(table.known_under(under)),
            _ => None,
        });
        Answer { watermarks, groups: groups.collect(), known: known.collect() }
    }
}
