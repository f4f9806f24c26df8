//! `ReadPlan`: the cells to read for a question and how they become its answer, decided in one place for every Store.

use crate::amount::Amount;
use crate::plan::counted_points::CountedPoints;
use crate::plan::selector::{AxisSelector, Selector};
use crate::schema::Watermarks;
use crate::store::{ALL, Answer, ChoiceTable, Question, Span, Tally};

/// A question in terms of ids. A Store reads the cells of [`ReadPlan::spans`] and [adds](ReadPlan::add) them; it may
/// leave out those that [`ReadPlan::selector`] excludes, and need not.
#[derive(Debug)]
pub struct ReadPlan<'a> {
    question: &'a Question,
    tables: &'a [ChoiceTable],
    watermarks: Watermarks,
    selector: Selector,
    points: CountedPoints,
    tally: Tally<'a>,
    /// Of the last cell: kept to save an allocation.
    group: Vec<u32>,
}

impl<'a> ReadPlan<'a> {
    /// Looks up the choices of a question. `watermarks` are those of the Store.
    pub fn new(question: &'a Question, tables: &'a [ChoiceTable], watermarks: Watermarks) -> ReadPlan<'a> {
        let (selector, tally) = (Selector::new(question, tables), Tally::new(question));
        let points = CountedPoints::of(&question.definition);
        ReadPlan { question, tables, watermarks, selector, points, tally, group: Vec::new() }
    }

    /// Returns the buckets to read: those of the question that are still retained, none when no cell can match.
    pub fn spans(&self) -> Vec<Span> {
        let kept = |span: &Span| match self.question.below_watermarks {
            true => *span,
            false => Span { from: span.from.max(self.watermarks.of(span.scale)), ..*span },
        };
        let spans = self.question.spans.iter().filter(|_| !self.selector.is_nothing()).map(kept);
        spans.filter(|span| span.from < span.to).collect()
    }

    /// Returns the ids that matching points have.
    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Returns true when only full points are selected, so that points with ALL need not be read.
    pub fn reads_full_points(&self) -> bool {
        self.question.scan
    }

    /// Returns the tables of choices, one per axis.
    pub fn tables(&self) -> &'a [ChoiceTable] {
        self.tables
    }

    /// Adds a cell of the bucket that starts at `start`, if the question selects it.
    pub fn add(&mut self, start: i64, point: &[u32], amount: Amount) {
        if self.selects(point) {
            self.tally.add(start, &self.group, amount);
        }
    }

    /// Returns true if the question selects the cells of a point, so that a Store need not keep those that it does not.
    pub fn selects(&mut self, point: &[u32]) -> bool {
        (!self.question.scan || self.is_full(point))
            && self.selector.group(self.tables, point, &mut self.group)
    }

    /// Returns true for a point with a choice on every axis; on that of bins, only if bins are selected.
    fn is_full(&self, point: &[u32]) -> bool {
        let is_bin = self.points.bin_of(point) != ALL;
        self.points.is_full(point) && (is_bin || !self.points.has_bins() || !self.selects_any_bin())
    }

    fn selects_any_bin(&self) -> bool {
        let mut axes = self.selector.axes.iter().enumerate();
        axes.any(|(axis, select)| self.points.is_bin_axis(axis) && *select == AxisSelector::Any)
    }

    /// Returns the answer from the cells that were added.
    pub fn answer(self) -> Answer {
        self.tally.answer(self.tables, self.watermarks)
    }
}
