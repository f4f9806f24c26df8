//! `Question` and `Answer`: the cells to read and how to group them, and the groups that were read.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::amount::Amount;
use crate::schema::{Choice, Definition, Watermarks};
use crate::store::choice_table::ChoiceTable;
use crate::time::Scale;

/// The selection on one axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Select {
    /// The cell at ALL.
    All,
    /// The cell of one choice; when scanning, everything below a path too.
    Is(Choice),
    /// One group per choice; on a path axis, one per child of the path (below ALL, per path of the first level) and one
    /// for the path itself.
    Each(Choice),
    /// When scanning: any choice, in one group.
    Sum,
    /// One group per cell, ALL and every level of a path included.
    Any,
}

/// Buckets of one kept scale that start in `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The scale.
    pub scale: Scale,
    /// The first start that is included.
    pub from: i64,
    /// The first start after them, which is excluded.
    pub to: i64,
}

/// A read of cells: which buckets, which points, and how to group them.
#[derive(Clone, Debug)]
pub struct Question {
    /// The definition that the reader knows; it must equal the Store's.
    pub definition: Arc<Definition>,
    /// The buckets to read.
    pub spans: Vec<Span>,
    /// Starts of the periods into which buckets are summed, ascending; empty to make each bucket a period.
    pub cuts: Vec<i64>,
    /// The selection on each axis.
    pub select: Vec<Select>,
    /// True to read full points only and group them, for filters that have no cell of their own.
    pub scan: bool,
    /// True to also read cells below the watermarks that have not been deleted yet. Repairs use it to find what is
    /// left.
    pub below_watermarks: bool,
}

/// One group of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The start of the period.
    pub start: i64,
    /// Choices on the axes selected by [`Select::Each`] or [`Select::Any`], in order of the axes.
    pub choices: Vec<Choice>,
    /// The amount; its count is 0 for a plain Metrica.
    pub amount: Amount,
}

/// The answer to a question, from one consistent read.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The Store's watermarks at that moment.
    pub watermarks: Watermarks,
    /// The groups that have cells, in any order.
    pub groups: Vec<Group>,
    /// For each axis selected by [`Select::Each`], its known choices in order of first appearance.
    pub known: Vec<Vec<Choice>>,
}

impl Question {
    /// Returns the answer of a Store without this Metrica: no cells, and the declared choices.
    pub(crate) fn empty_answer(&self) -> Answer {
        let tables: Vec<ChoiceTable> = self.definition.stored_axes.iter().map(ChoiceTable::new).collect();
        Tally::new(self).answer(&tables, Watermarks::default())
    }

    /// Returns the start of the period into which a bucket is summed.
    pub fn period_of(&self, bucket: i64) -> i64 {
        let after = self.cuts.partition_point(|cut| *cut <= bucket);
        after.checked_sub(1).and_then(|index| self.cuts.get(index)).copied().unwrap_or(bucket)
    }
}

/// The group of a point: one id per grouped axis.
pub(crate) type GroupIds = SmallVec<[u32; 4]>;

/// Sums cells into the groups of a question while a Store reads them.
#[derive(Debug)]
pub struct Tally<'a> {
    question: &'a Question,
    sums: HashMap<(i64, GroupIds), Amount, foldhash::fast::RandomState>,
}

impl<'a> Tally<'a> {
    /// Creates an empty tally.
    pub fn new(question: &'a Question) -> Tally<'a> {
        Tally { question, sums: HashMap::default() }
    }

    /// Adds one cell of a bucket to the group with these ids, one per grouped axis.
    pub fn add(&mut self, bucket: i64, group: &[u32], amount: Amount) {
        let period = self.question.period_of(bucket);
        *self.sums.entry((period, GroupIds::from_slice(group))).or_default() += amount;
    }

    /// Returns the answer, with ids converted to choices by the tables of all axes.
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
            Select::Each(above) => Some(table.children(above)),
            _ => None,
        });
        Answer { watermarks, groups: groups.collect(), known: known.collect() }
    }
}
