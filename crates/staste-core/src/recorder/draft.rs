//! A batch while it is made: counters of several metricas become its parts.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::error::{Error, Result};
use crate::recorder::health::Counters;
use crate::recorder::metrica_state::MetricaState;
use crate::recorder::part_builder::PartBuilder;
use crate::recorder::pending::Pending;
use crate::store::{Applied, Part, Store};

/// The Store that a batch goes to, and the definitions it is made with.
pub(crate) struct Sending<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) slots: &'a [Arc<MetricaState>],
    pub(crate) counters: &'a Counters,
    pub(crate) now: i64,
}

impl Sending<'_> {
    pub(crate) fn slot(&self, index: u32) -> Option<&Arc<MetricaState>> {
        self.slots.get(index as usize)
    }

    /// A part for a Metrica, by the Store's definition of it.
    fn builder(&self, index: u32) -> Result<PartBuilder> {
        let slot = self.slot(index).ok_or_else(|| Error::input("a kick of a metrica without a slot"))?;
        PartBuilder::new(slot, slot.resolve(self.store)?)
    }

    /// Notes what the Store made of the clock here, and the watermarks that it took over.
    pub(crate) fn note_clock(&self, applied: &Applied, parts: &[Part]) {
        if applied.raised_watermarks() {
            for part in parts {
                let named = self.slots.iter().filter(|slot| slot.asked.name() == part.definition.name);
                named.for_each(|slot| slot.raise_watermarks(&part.watermarks));
            }
        }
    }

    fn refuse(&self, pending: &Pending) {
        self.counters.refused.fetch_add(pending.count, Ordering::Relaxed);
    }
}

/// The parts of a batch so far, and the counters that they are made of.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    builders: BTreeMap<u32, PartBuilder>,
    refused: BTreeSet<u32>,
    taken: Vec<Pending>,
    /// Cells that it adds to, about.
    pub(crate) cells: usize,
}

impl Draft {
    pub(crate) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// Makes ready for counters of a Metrica, whose definition is looked up. One that is refused is remembered as such.
    ///
    /// # Errors
    /// When the Store cannot be asked for the definition.
    pub(crate) fn open(&mut self, slot: u32, sending: &Sending<'_>) -> Result<()> {
        if self.refused.contains(&slot) {
            return Ok(());
        }
        let Entry::Vacant(place) = self.builders.entry(slot) else { return Ok(()) };
        match sending.builder(slot) {
            Ok(builder) => {
                place.insert(builder);
                Ok(())
            }
            Err(error) if error.is_unavailable() || error.is_damaged() => Err(error),
            Err(error) => {
                sending.counters.refused_for(&error);
                self.refused.insert(slot);
                Ok(())
            }
        }
    }

    /// Adds a counter of a Metrica that was made ready for. One whose definition is refused, or whose date is
    /// impossible in its zone, is counted as refused instead.
    pub(crate) fn add(&mut self, pending: Pending, sending: &Sending<'_>) {
        let added = self.builders.get_mut(&pending.head.slot).map(|builder| builder.add(&pending));
        match added {
            Some(Ok(())) => {
                self.cells += self.builders.get(&pending.head.slot).map_or(1, PartBuilder::cells_per_kick);
                self.taken.push(pending);
            }
            Some(Err(error)) => {
                sending.counters.refused_for(&error);
                sending.refuse(&pending);
            }
            None => sending.refuse(&pending),
        }
    }

    /// The parts, with what is retained at `now`, and the counters they were made of.
    pub(crate) fn finish(self, now: i64) -> (Vec<Part>, Vec<Pending>) {
        let builders = self.builders.into_values().filter(|builder| !builder.is_empty());
        (builders.map(|builder| builder.build(now)).collect(), self.taken)
    }
}
