//! `BatchBuilder`: turns pending counters of several metricas into the parts of a batch.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::error::{Error, Result};
use crate::recorder::health::HealthCounters;
use crate::recorder::metrica_state::MetricaState;
use crate::recorder::part_builder::PartBuilder;
use crate::recorder::pending::Pending;
use crate::store::{Applied, Part, Store};

/// The Store of a batch, the metricas of the Recorder, and the time.
pub(crate) struct BatchContext<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) states: &'a [Arc<MetricaState>],
    pub(crate) counters: &'a HealthCounters,
    /// The time of the batch, in unix seconds.
    pub(crate) now: i64,
}

impl BatchContext<'_> {
    /// Returns the state of the Metrica with this index.
    pub(crate) fn state(&self, metrica: u32) -> Option<&Arc<MetricaState>> {
        self.states.get(metrica as usize)
    }

    /// Creates the builder of a part, with the definition from the Store.
    fn part_builder(&self, metrica: u32) -> Result<PartBuilder> {
        let state =
            self.state(metrica).ok_or_else(|| Error::invalid_input("a kick of an unregistered metrica"))?;
        PartBuilder::new(state, state.resolve(self.store)?)
    }

    /// Notes the watermarks that the Store adopted from the parts of a batch.
    pub(crate) fn note_watermarks(&self, applied: &Applied, parts: &[Part]) {
        if applied.raised_watermarks() {
            for part in parts {
                let same = self.states.iter().filter(|state| state.spec.name() == part.definition.name);
                same.for_each(|state| state.raise_watermarks(&part.watermarks));
            }
        }
    }

    fn count_refused(&self, pending: &Pending) {
        self.counters.refused.fetch_add(pending.count, Ordering::Relaxed);
    }
}

/// The parts of a batch so far, and the counters that they consist of.
#[derive(Debug, Default)]
pub(crate) struct BatchBuilder {
    parts: BTreeMap<u32, PartBuilder>,
    /// Metricas whose definition the Store refuses.
    refused: BTreeSet<u32>,
    taken: Vec<Pending>,
    /// Approximate number of cells to which the batch adds.
    pub(crate) cells: usize,
}

impl BatchBuilder {
    pub(crate) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// Prepares the part of a Metrica, whose definition is read. A refused definition is noted, not returned as an
    /// error.
    ///
    /// # Errors
    /// When the definition cannot be read.
    pub(crate) fn add_metrica(&mut self, metrica: u32, context: &BatchContext<'_>) -> Result<()> {
        if self.refused.contains(&metrica) {
            return Ok(());
        }
        let Entry::Vacant(part) = self.parts.entry(metrica) else { return Ok(()) };
        match context.part_builder(metrica) {
            Ok(builder) => {
                part.insert(builder);
                Ok(())
            }
            Err(error) if error.is_unavailable() || error.is_corrupt() => Err(error),
            Err(error) => {
                context.counters.note_refusal(&error);
                self.refused.insert(metrica);
                Ok(())
            }
        }
    }

    /// Adds a counter of a prepared Metrica. It is counted as refused when the definition is refused, or its date does
    /// not exist in the zone of the Metrica.
    pub(crate) fn add(&mut self, pending: Pending, context: &BatchContext<'_>) {
        let added = self.parts.get_mut(&pending.bucket.metrica).map(|part| part.add(&pending));
        match added {
            Some(Ok(())) => {
                self.cells += self.parts.get(&pending.bucket.metrica).map_or(1, PartBuilder::cells_per_kick);
                self.taken.push(pending);
            }
            Some(Err(error)) => {
                context.counters.note_refusal(&error);
                context.count_refused(&pending);
            }
            None => context.count_refused(&pending),
        }
    }

    /// Returns the parts, with the watermarks at `now`, and the counters that they consist of.
    pub(crate) fn build(self, now: i64) -> (Vec<Part>, Vec<Pending>) {
        let parts = self.parts.into_values().filter(|part| !part.is_empty());
        (parts.map(|part| part.build(now)).collect(), self.taken)
    }
}
