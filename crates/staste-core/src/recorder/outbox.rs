//! What is on its way to the Store: the backlog, and the one batch that was sent but not confirmed.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::Ordering;

use crate::error::{Error, Result};
use crate::recorder::backlog::{Backlog, Goal};
use crate::recorder::draft::{Draft, Sending};
use crate::recorder::entry_queue::EntryQueue;
use crate::recorder::pending::Pending;
use crate::recorder::recent_acks::RecentAcks;
use crate::recorder::sender::{Sender, Sent};
use crate::store::Writer;

/// How often batches of one flush are made again because definitions changed meanwhile.
const MAX_ATTEMPTS: u32 = 32;

/// Kicks that left the shards and are not confirmed yet. Only the flush that holds the gate uses it.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// Its sources are the counters that a batch is made of.
    sender: Sender<Vec<Pending>>,
    backlog: Backlog,
    /// The counters of a batch that was not sent, or certainly not applied: the next batch is made of them alone.
    returned: Vec<Pending>,
    /// The counters of batches of single metricas that are damaged in the Store: the others go first.
    aside: VecDeque<Vec<Pending>>,
    recent_acks: RecentAcks,
    /// Batches of the current flush that met another definition.
    stale: u32,
}

impl Outbox {
    pub(crate) fn new(writer: Writer) -> Outbox {
        Outbox {
            sender: Sender::new(writer),
            backlog: Backlog::default(),
            returned: Vec::new(),
            aside: VecDeque::new(),
            recent_acks: RecentAcks::default(),
            stale: 0,
        }
    }

    /// Takes counters over from the shards. With a bound on the bytes of the outbox, new points need room in it.
    /// Returns the kicks for which there was none.
    pub(crate) fn absorb(&mut self, queues: Vec<EntryQueue>, bound: Option<usize>) -> u64 {
        let others = self.batch_bytes();
        self.backlog.absorb(queues, bound, others)
    }

    /// Bytes its kicks take in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.backlog.bytes() + self.batch_bytes()
    }

    fn batch_bytes(&self) -> usize {
        let in_flight = self.sender.source().into_iter().flatten();
        in_flight.chain(&self.returned).chain(self.aside.iter().flatten()).map(Pending::bytes).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.has_no_batch() && self.backlog.is_empty()
    }

    /// Returns the goal at which everything that is here now was confirmed.
    pub(crate) fn goal(&self) -> Goal {
        self.backlog.goal()
    }

    /// True when everything was confirmed that was here when the goal was set.
    pub(crate) fn has_reached(&self, goal: &Goal) -> bool {
        self.has_no_batch() && self.backlog.has_reached(goal)
    }

    fn has_no_batch(&self) -> bool {
        !self.sender.is_waiting() && self.returned.is_empty() && self.aside.is_empty()
    }

    /// Begins a flush.
    pub(crate) fn begin(&mut self) {
        self.stale = 0;
    }

    /// Sends one batch: the one that was sent before, if it is not confirmed.
    pub(crate) fn send(&mut self, sending: &Sending<'_>) -> Result<()> {
        if !self.sender.is_waiting() {
            self.seal(sending)?;
        }
        if let Some(pending) = self.sender.give_up(sending.now) {
            sending.counters.in_doubt.fetch_add(kicks_of(&pending), Ordering::Relaxed);
            return Ok(());
        }
        match self.sender.send(sending.store, 1) {
            Ok(None) => Ok(()),
            Ok(Some(Sent::Applied(applied, batch, pending))) => {
                let committed = sending.counters.applied(kicks_of(&pending), &applied);
                sending.note_clock(&applied, &batch.parts);
                if let (Some(mark), Some(first)) = (applied.mark, pending.first()) {
                    let confirmation = (batch.sequence, committed, sending.now);
                    let lost = self.recent_acks.note(first.head.slot, mark, confirmation);
                    sending.counters.lost.fetch_add(lost, Ordering::Relaxed);
                }
                Ok(())
            }
            Ok(Some(Sent::Stale(error, _, pending))) => {
                self.rebuild(pending, sending);
                self.stale += 1;
                if self.stale < MAX_ATTEMPTS {
                    return Ok(());
                }
                Err(Error::unavailable("definitions in the store kept changing while kicks were sent")
                    .because(error))
            }
            // Kicks of a Metrica that is damaged wait for its repair, and must not hold up the others.
            Err(error) if error.is_damaged() && takes_one_metrica(sending) => {
                if let Some(pending) = self.sender.take_back() {
                    self.rebuild(pending, sending);
                    self.aside.push_back(std::mem::take(&mut self.returned));
                }
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes the next batch, as large as one transaction should be. Metricas share it, or take turns where a batch is
    /// of one alone, so that one with a long backlog does not hold up the others.
    fn seal(&mut self, sending: &Sending<'_>) -> Result<()> {
        let mut draft = Draft::default();
        self.fill(&mut draft, sending)?;
        if !draft.is_empty() {
            let (parts, pending) = draft.finish(sending.now);
            self.sender.seal(parts, Vec::new(), sending.now, pending);
        }
        Ok(())
    }

    fn fill(&mut self, draft: &mut Draft, sending: &Sending<'_>) -> Result<()> {
        if !self.returned.is_empty() {
            for pending in &self.returned {
                draft.open(pending.head.slot, sending)?;
            }
            std::mem::take(&mut self.returned).into_iter().for_each(|pending| draft.add(pending, sending));
            return Ok(());
        }
        let capabilities = sending.store.capabilities();
        let limit = capabilities.cells_per_batch;
        let mut turns = self.backlog.turns();
        if capabilities.one_metrica_per_batch {
            let aside: Vec<u32> =
                self.aside.iter().filter_map(|batch| Some(batch.first()?.head.slot)).collect();
            turns.retain(|slot| !aside.contains(slot));
            let Some(slot) = turns.first() else { return self.try_again(draft, sending) };
            // Its turn is over even when the Store fails, so that the others get theirs.
            self.backlog.served(*slot);
            draft.open(*slot, sending)?;
            self.take(*slot, limit, draft, sending);
            return Ok(());
        }
        // All at first, so that nothing is taken out when the Store cannot be asked.
        turns.iter().try_for_each(|slot| draft.open(*slot, sending))?;
        // Each gets its share, then those that have more get what is left.
        let share = (limit / turns.len().max(1)).max(1);
        for most in [share, limit] {
            for slot in &turns {
                let until = limit.min(draft.cells.saturating_add(most));
                self.take(*slot, until, draft, sending);
            }
        }
        Ok(())
    }

    /// Fills a draft with the counters of the batch that was set aside first.
    fn try_again(&mut self, draft: &mut Draft, sending: &Sending<'_>) -> Result<()> {
        for pending in self.aside.front().into_iter().flatten() {
            draft.open(pending.head.slot, sending)?;
        }
        self.aside.pop_front().into_iter().flatten().for_each(|pending| draft.add(pending, sending));
        Ok(())
    }

    /// Moves counters of a Metrica into a draft until it has so many cells.
    fn take(&mut self, slot: u32, until: usize, draft: &mut Draft, sending: &Sending<'_>) {
        while draft.cells < until
            && let Some(pending) = self.backlog.pop(slot)
        {
            draft.add(pending, sending);
        }
    }

    /// Keeps the counters of a batch that was certainly not applied, to make it again by the definitions of then.
    fn rebuild(&mut self, pending: Vec<Pending>, sending: &Sending<'_>) {
        let slots: BTreeSet<u32> = pending.iter().map(|pending| pending.head.slot).collect();
        slots.into_iter().filter_map(|slot| sending.slot(slot)).for_each(|slot| slot.expire());
        self.returned = pending;
    }
}

fn kicks_of(pending: &[Pending]) -> u64 {
    pending.iter().map(|pending| pending.count).sum()
}

/// True when a batch is of one Metrica, so that what is wrong with it is wrong with that one.
fn takes_one_metrica(sending: &Sending<'_>) -> bool {
    sending.store.capabilities().one_metrica_per_batch
}
