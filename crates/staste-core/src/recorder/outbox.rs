//! What is on its way to the Store: the backlog, and the one batch that was sent but not confirmed.

use std::cell::Cell;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::confirmed::Confirmed;
use super::health::Counters;
use super::part_builder::PartBuilder;
use super::pending::{Pending, PendingMap};
use super::slot::Slot;
use crate::store::{Batch, Store, Writer};
use crate::{Error, Result};

/// Marks live seven days; a batch in doubt for longer than half of that is not sent again.
const LONGEST_DOUBT: i64 = 7 * 86_400 / 2;
/// How often batches of one flush are made again because definitions changed meanwhile.
const TRIES: u32 = 32;

/// Kicks that left the shards and are not confirmed yet. Only the flush that holds the gate uses it.
#[derive(Debug)]
pub(crate) struct Outbox {
    writer: Writer,
    sequence: u64,
    backlog: PendingMap,
    frozen: Option<Frozen>,
    confirmed: Confirmed,
}

/// A batch that was sent, kept as it is until the Store has confirmed or refused it.
#[derive(Debug)]
struct Frozen {
    pending: Vec<Pending>,
    batch: Batch,
    /// When it was first sent, by the clock of the Recorder.
    sent: i64,
    in_doubt: bool,
}

/// What a flush works with.
pub(crate) struct Sending<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) slots: &'a [Arc<Slot>],
    pub(crate) counters: &'a Counters,
    pub(crate) now: i64,
    /// How many batches met another definition.
    pub(crate) stale: Cell<u32>,
}

impl Outbox {
    pub(crate) fn new(writer: Writer) -> Outbox {
        Outbox {
            writer,
            sequence: 0,
            backlog: PendingMap::default(),
            frozen: None,
            confirmed: Confirmed::default(),
        }
    }

    /// Takes kicks over from the shards, new points only as long as all fit in so many bytes; tells how
    /// many kicks did not.
    pub(crate) fn absorb(&mut self, map: PendingMap, bound: usize) -> u64 {
        self.backlog.absorb(map, bound.saturating_sub(self.frozen_bytes()))
    }

    /// What its kicks take in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.backlog.bytes() + self.frozen_bytes()
    }

    fn frozen_bytes(&self) -> usize {
        self.frozen.iter().flat_map(|frozen| &frozen.pending).map(Pending::bytes).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frozen.is_none() && self.backlog.is_empty()
    }

    /// Sends everything, the frozen batch first; stops at the first failure.
    pub(crate) fn send(&mut self, sending: &Sending<'_>) -> Result<()> {
        self.send_frozen(sending)?;
        while !self.backlog.is_empty() {
            let mut waiting = self.backlog.take();
            if sending.store.capabilities().one_metrica_per_batch {
                // Metricas that are kicked in turn would end each other's batches. Those of one keep their order.
                waiting.sort_by_key(|pending| pending.head.slot);
            }
            let mut waiting = VecDeque::from(waiting);
            let outcome = self.send_all(sending, &mut waiting);
            // After a failure, what was not sent goes on merging with later kicks.
            waiting.into_iter().for_each(|pending| self.backlog.put(pending));
            outcome?;
        }
        Ok(())
    }

    fn send_all(&mut self, sending: &Sending<'_>, waiting: &mut VecDeque<Pending>) -> Result<()> {
        while !waiting.is_empty() {
            self.freeze(sending, waiting)?;
            self.send_frozen(sending)?;
        }
        Ok(())
    }

    /// Sends the frozen batch until it is confirmed, taken apart or given up.
    fn send_frozen(&mut self, sending: &Sending<'_>) -> Result<()> {
        let Some(frozen) = &mut self.frozen else { return Ok(()) };
        if frozen.in_doubt && sending.now - frozen.sent > LONGEST_DOUBT {
            self.give_up(sending);
            return Ok(());
        }
        match sending.store.apply(&frozen.batch) {
            Ok(applied) => {
                let add = |counter: &AtomicU64, kicks: u64| counter.fetch_add(kicks, Ordering::Relaxed);
                add(&sending.counters.overflowed, applied.overflowed);
                add(&sending.counters.folded, applied.folded);
                let kicks: u64 = frozen.pending.iter().map(|pending| pending.count).sum();
                let kicks = kicks.saturating_sub(applied.overflowed);
                add(&sending.counters.committed, kicks);
                if let (Some(mark), Some(first)) = (applied.mark, frozen.pending.first()) {
                    let confirmation = (frozen.batch.sequence, kicks, sending.now);
                    add(&sending.counters.lost, self.confirmed.note(first.head.slot, mark, confirmation));
                }
                self.frozen = None;
                Ok(())
            }
            // Marks are looked at before definitions: a stale batch was not applied, not even in doubt,
            // and one that arrives late finds a higher mark.
            Err(error) if error.is_stale() => {
                self.thaw(sending);
                sending.stale.set(sending.stale.get() + 1);
                if sending.stale.get() < TRIES {
                    return Ok(());
                }
                Err(Error::unavailable("definitions in the store kept changing while kicks were sent")
                    .because(error))
            }
            Err(error) => {
                frozen.in_doubt |= error.is_in_doubt();
                Err(error)
            }
        }
    }

    /// Makes the next batch, as large as one transaction should be; kicks of a Metrica whose
    /// definition is refused, and those whose date turns out impossible, are dropped and counted.
    fn freeze(&mut self, sending: &Sending<'_>, waiting: &mut VecDeque<Pending>) -> Result<()> {
        let capabilities = sending.store.capabilities();
        let mut builders: BTreeMap<u32, PartBuilder> = BTreeMap::new();
        let mut refused = BTreeSet::new();
        let (mut taken, mut cells) = (Vec::new(), 0);
        while let Some(pending) = waiting.front() {
            let index = pending.head.slot;
            let another = !builders.is_empty() && !builders.contains_key(&index);
            if cells >= capabilities.cells_per_batch || (capabilities.one_metrica_per_batch && another) {
                break;
            }
            if refused.contains(&index) {
                sending.refuse(waiting.pop_front());
                continue;
            }
            let added = match builders.entry(index) {
                Entry::Occupied(known) => known.into_mut().add(pending),
                Entry::Vacant(place) => match sending.builder(index) {
                    Ok(builder) => place.insert(builder).add(pending),
                    Err(error) => {
                        refused.insert(index);
                        Err(error)
                    }
                },
            };
            match added {
                Ok(()) => {
                    cells += builders.get(&index).map_or(1, PartBuilder::cells_per_kick);
                    taken.extend(waiting.pop_front());
                }
                Err(error) if error.is_unavailable() || error.is_damaged() => {
                    // Nothing was sent: all of it waits for the next try.
                    taken.into_iter().rev().for_each(|pending| waiting.push_front(pending));
                    return Err(error);
                }
                Err(error) => {
                    sending.counters.refused_for(&error);
                    sending.refuse(waiting.pop_front());
                }
            }
        }
        if !taken.is_empty() {
            self.sequence += 1;
            let parts = builders.into_values().map(|builder| builder.build(sending.now)).collect();
            let batch = Batch {
                writer: self.writer,
                sequence: self.sequence,
                claims: Vec::new(),
                parts,
                now: sending.now,
            };
            self.frozen = Some(Frozen { pending: taken, batch, sent: sending.now, in_doubt: false });
        }
        Ok(())
    }

    /// Takes a batch that the Store certainly did not apply apart, to be made again with new definitions.
    fn thaw(&mut self, sending: &Sending<'_>) {
        if let Some(frozen) = self.frozen.take() {
            let slots: BTreeSet<u32> = frozen.pending.iter().map(|pending| pending.head.slot).collect();
            slots.into_iter().filter_map(|slot| sending.slot(slot)).for_each(|slot| slot.expire());
            frozen.pending.into_iter().for_each(|pending| self.backlog.put(pending));
        }
    }

    fn give_up(&mut self, sending: &Sending<'_>) {
        if let Some(frozen) = self.frozen.take() {
            let kicks = frozen.pending.iter().map(|pending| pending.count).sum();
            sending.counters.in_doubt.fetch_add(kicks, Ordering::Relaxed);
        }
    }
}

impl Sending<'_> {
    fn slot(&self, index: u32) -> Option<&Arc<Slot>> {
        self.slots.get(index as usize)
    }

    /// A part for a Metrica, by the Store's definition of it.
    fn builder(&self, index: u32) -> Result<PartBuilder> {
        let slot = self.slot(index).ok_or_else(|| Error::input("a kick of a metrica without a slot"))?;
        PartBuilder::new(slot, slot.resolve(self.store)?)
    }

    /// Counts kicks as refused.
    fn refuse(&self, pending: Option<Pending>) {
        let kicks = pending.map_or(0, |pending| pending.count);
        self.counters.refused.fetch_add(kicks, Ordering::Relaxed);
    }
}
