//! `Side`: one of the two Stores, read in the order of the axes of the copy.

use std::sync::Arc;

use crate::amount::Amount;
use crate::error::Result;
use crate::jobs::copy::surplus::Point;
use crate::schema::{Choice, Definition, Watermarks};
use crate::store::{Question, Select, Span, Store};
use crate::time::{EVER_END, EVER_START, Scale};

/// One of the two Stores.
#[derive(Debug)]
pub(super) struct Side<'a> {
    pub(super) store: &'a dyn Store,
    /// Its definition; none where there is nothing yet.
    definition: Option<Arc<Definition>>,
    /// For each axis of the copy its own position; on an axis it does not have, all kicks are unset.
    order: Vec<Option<usize>>,
}

/// What a side was asked.
pub(super) struct SideQuery<'q> {
    pub(super) spans: Vec<Span>,
    pub(super) cuts: Vec<i64>,
    /// For each axis of the copy.
    pub(super) select: &'q [Select],
    /// Full points only.
    pub(super) scan: bool,
}

/// The groups of an answer: the start of a period, choices on the axes grouped by, amount.
pub(super) type Groups = Vec<(i64, Point, Amount)>;

impl<'a> Side<'a> {
    /// A Store as the copy of `target` sees it.
    pub(super) fn new(
        store: &'a dyn Store,
        definition: Option<Arc<Definition>>,
        target: &Definition,
    ) -> Side<'a> {
        let own = |name: &str| {
            let axes = definition.iter().flat_map(|definition| &definition.axes);
            axes.enumerate().find(|(_, known)| known.name == name).map(|(index, _)| index)
        };
        let order = target.axes.iter().map(|axis| own(&axis.name)).collect();
        Side { store, definition, order }
    }

    /// True when it has the axis of the copy.
    pub(super) fn has(&self, axis: usize) -> bool {
        self.order.get(axis).is_some_and(Option::is_some)
    }

    /// The choices known on an axis of the copy, first seen first.
    pub(super) fn choices(&self, axis: usize) -> Result<Vec<Choice>> {
        match (&self.definition, self.order.get(axis)) {
            (Some(definition), Some(Some(own))) => self.store.choices(definition, *own),
            _ => Ok(Vec::new()),
        }
    }

    /// Answers a question with one reader; and the watermarks at that moment.
    pub(super) fn ask(&self, asked: SideQuery<'_>) -> Result<(Groups, Watermarks)> {
        let Some(definition) = &self.definition else { return Ok((Groups::new(), Watermarks::default())) };
        let mut select = vec![Select::All; definition.axes.len()];
        for (wanted, own) in asked.select.iter().zip(&self.order) {
            if let Some(state) = own.and_then(|own| select.get_mut(own)) {
                *state = wanted.clone();
            }
        }
        let grouped = |select: &Select| matches!(select, Select::Each(_) | Select::Any);
        let place = |own: usize| select.iter().take(own).filter(|select| grouped(select)).count();
        let places: Vec<Option<usize>> = asked
            .select
            .iter()
            .zip(&self.order)
            .filter(|(wanted, _)| grouped(wanted))
            .map(|(_, own)| own.map(place))
            .collect();
        let as_it_is = places.iter().enumerate().all(|(at, place)| *place == Some(at));
        let SideQuery { spans, cuts, scan, .. } = asked;
        let definition = Arc::clone(definition);
        let question = Question { definition, spans, cuts, select, scan, below_watermarks: false };
        let answer = self.store.read(&question)?;
        let groups = answer.groups.into_iter().map(|group| {
            let choice = |place: &Option<usize>| {
                place.and_then(|place| group.choices.get(place)).cloned().unwrap_or(Choice::Unset)
            };
            let choices = if as_it_is { group.choices } else { places.iter().map(choice).collect() };
            (group.start, choices, group.amount)
        });
        Ok((groups.collect(), answer.watermarks))
    }

    /// The amount at all choices and times, none where nothing was ever kicked; and the watermarks.
    pub(super) fn grand(&self) -> Result<(Option<Amount>, Watermarks)> {
        let spans = vec![Span { scale: Scale::Ever, from: EVER_START, to: EVER_END }];
        let select = vec![Select::All; self.order.len()];
        let (groups, watermarks) =
            self.ask(SideQuery { spans, cuts: Vec::new(), select: &select, scan: false })?;
        Ok((groups.first().map(|(_, _, amount)| *amount), watermarks))
    }

    /// How many points it holds, ALL combinations included.
    pub(super) fn points(&self) -> Result<u64> {
        let spans = vec![Span { scale: Scale::Ever, from: EVER_START, to: EVER_END }];
        let select = vec![Select::Any; self.order.len()];
        Ok(self.ask(SideQuery { spans, cuts: Vec::new(), select: &select, scan: false })?.0.len() as u64)
    }
}
