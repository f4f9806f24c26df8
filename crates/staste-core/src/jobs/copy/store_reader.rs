//! `StoreReader`: reads the source or the target, with points in the order of the axes of the copy.

use std::sync::Arc;

use crate::amount::Amount;
use crate::error::Result;
use crate::jobs::copy::difference::Point;
use crate::schema::{Choice, Definition, Watermarks};
use crate::store::{Question, Select, Span, Store};
use crate::time::{EVER_END, EVER_START, Scale};

/// One of the two Stores of a copy.
#[derive(Debug)]
pub(super) struct StoreReader<'a> {
    store: &'a dyn Store,
    /// Its definition; none when it does not have the Metrica yet.
    definition: Option<Arc<Definition>>,
    /// For each axis of the copy, the position of the axis in this Store; none for an axis that it does not have, on
    /// which all its kicks are unset.
    positions: Vec<Option<usize>>,
}

/// A read in terms of the axes of the copy; see [`Question`].
pub(super) struct ReaderQuery<'q> {
    pub(super) spans: Vec<Span>,
    pub(super) cuts: Vec<i64>,
    /// The selection on each axis of the copy.
    pub(super) select: &'q [Select],
    pub(super) scan: bool,
}

/// The groups that were read: start of the period, choices on the grouped axes, amount.
pub(super) type Groups = Vec<(i64, Point, Amount)>;

impl<'a> StoreReader<'a> {
    /// Creates a reader for a copy with the definition `target`.
    pub(super) fn new(
        store: &'a dyn Store,
        definition: Option<Arc<Definition>>,
        target: &Definition,
    ) -> StoreReader<'a> {
        let position = |name: &str| {
            let axes = definition.iter().flat_map(|definition| &definition.stored_axes);
            axes.enumerate().find(|(_, known)| known.name == name).map(|(index, _)| index)
        };
        let positions = target.stored_axes.iter().map(|axis| position(&axis.name)).collect();
        StoreReader { store, definition, positions }
    }

    /// Returns true when the Store has an axis of the copy.
    pub(super) fn has_axis(&self, axis: usize) -> bool {
        self.positions.get(axis).is_some_and(Option::is_some)
    }

    /// Returns the known choices of an axis of the copy, in order of first appearance.
    pub(super) fn choices(&self, axis: usize) -> Result<Vec<Choice>> {
        match (&self.definition, self.positions.get(axis)) {
            (Some(definition), Some(Some(own))) => self.store.choices(definition, *own),
            _ => Ok(Vec::new()),
        }
    }

    /// Reads groups at one moment, and the watermarks at that moment.
    pub(super) fn read(&self, query: ReaderQuery<'_>) -> Result<(Groups, Watermarks)> {
        let Some(definition) = &self.definition else { return Ok((Groups::new(), Watermarks::default())) };
        let mut select = vec![Select::All; definition.stored_axes.len()];
        for (wanted, own) in query.select.iter().zip(&self.positions) {
            if let Some(select) = own.and_then(|own| select.get_mut(own)) {
                *select = wanted.clone();
            }
        }
        let is_grouped = |select: &Select| matches!(select, Select::Each(_) | Select::Any);
        let column = |own: usize| select.iter().take(own).filter(|select| is_grouped(select)).count();
        let columns: Vec<Option<usize>> = query
            .select
            .iter()
            .zip(&self.positions)
            .filter(|(wanted, _)| is_grouped(wanted))
            .map(|(_, own)| own.map(column))
            .collect();
        let is_same_order = columns.iter().enumerate().all(|(index, column)| *column == Some(index));
        let ReaderQuery { spans, cuts, scan, .. } = query;
        let definition = Arc::clone(definition);
        let question = Question { definition, spans, cuts, select, scan, below_watermarks: false };
        let answer = self.store.read(&question)?;
        let groups = answer.groups.into_iter().map(|group| {
            let choice = |column: &Option<usize>| {
                column.and_then(|column| group.choices.get(column)).cloned().unwrap_or(Choice::Unset)
            };
            let choices = if is_same_order { group.choices } else { columns.iter().map(choice).collect() };
            (group.start, choices, group.amount)
        });
        Ok((groups.collect(), answer.watermarks))
    }

    /// Returns the amount of all kicks, none when there was never a kick; and the watermarks.
    pub(super) fn grand_total(&self) -> Result<(Option<Amount>, Watermarks)> {
        let (groups, watermarks) = self.read_all_time(&Select::All)?;
        Ok((groups.first().map(|(_, _, amount)| *amount), watermarks))
    }

    /// Returns the number of its points, combinations with ALL included.
    pub(super) fn points(&self) -> Result<u64> {
        Ok(self.read_all_time(&Select::Any)?.0.len() as u64)
    }

    fn read_all_time(&self, select: &Select) -> Result<(Groups, Watermarks)> {
        let spans = vec![Span { scale: Scale::Ever, from: EVER_START, to: EVER_END }];
        let select = vec![select.clone(); self.positions.len()];
        self.read(ReaderQuery { spans, cuts: Vec::new(), select: &select, scan: false })
    }
}
