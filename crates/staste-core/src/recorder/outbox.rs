//! `Outbox`: kicks on their way to the Store: the backlog, and the one batch that is sent but not acknowledged.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::Ordering;

use crate::error::{Error, Result};
use crate::recorder::backlog::{Backlog, FlushTarget};
use crate::recorder::batch_builder::{BatchBuilder, BatchContext};
use crate::recorder::entry_queue::EntryQueue;
use crate::recorder::lost_batches::LostBatchDetector;
use crate::recorder::pending::Pending;
use crate::recorder::sender::{SendOutcome, Sender};
use crate::store::Writer;

/// Maximum number of batches of one flush that are rebuilt because definitions changed.
const MAX_ATTEMPTS: u32 = 32;

/// Kicks that left the shards and are not acknowledged yet. Only the running flush uses it.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// The source of each batch is its counters.
    sender: Sender<Vec<Pending>>,
    backlog: Backlog,
    /// The counters of a batch that was certainly not applied. The next batch consists of them alone.
    returned: Vec<Pending>,
    /// The counters of batches of metricas that are damaged in the Store. Other metricas are sent first.
    set_aside: VecDeque<Vec<Pending>>,
    lost_batches: LostBatchDetector,
    /// Number of batches of the current flush that were stale.
    stale: u32,
}

impl Outbox {
    pub(crate) fn new(writer: Writer) -> Outbox {
        Outbox {
            sender: Sender::new(writer),
            backlog: Backlog::default(),
            returned: Vec::new(),
            set_aside: VecDeque::new(),
            lost_batches: LostBatchDetector::default(),
            stale: 0,
        }
    }

    /// Adds counters from the shards. With a limit on the bytes of the outbox, new points need free memory. Returns the
    /// number of kicks for which there was none.
    pub(crate) fn add_queues(&mut self, queues: Vec<EntryQueue>, limit: Option<usize>) -> u64 {
        let others = self.batch_bytes();
        self.backlog.add_queues(queues, limit, others)
    }

    /// Returns the bytes of its kicks in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.backlog.bytes() + self.batch_bytes()
    }

    fn batch_bytes(&self) -> usize {
        let in_flight = self.sender.source().into_iter().flatten();
        in_flight.chain(&self.returned).chain(self.set_aside.iter().flatten()).map(Pending::bytes).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.has_no_batch() && self.backlog.is_empty()
    }

    /// Returns the target at which all present kicks are acknowledged.
    pub(crate) fn flush_target(&self) -> FlushTarget {
        self.backlog.flush_target()
    }

    /// Returns true when all kicks that were present when the target was created are acknowledged.
    pub(crate) fn has_reached(&self, target: &FlushTarget) -> bool {
        self.has_no_batch() && self.backlog.has_reached(target)
    }

    fn has_no_batch(&self) -> bool {
        !self.sender.has_batch() && self.returned.is_empty() && self.set_aside.is_empty()
    }

    /// Prepares for a flush.
    pub(crate) fn begin_flush(&mut self) {
        self.stale = 0;
    }

    /// Sends one batch: the previous one again, if it is not acknowledged, else a new one.
    pub(crate) fn send(&mut self, context: &BatchContext<'_>) -> Result<()> {
        if !self.sender.has_batch() {
            self.seal(context)?;
        }
        if let Some(pending) = self.sender.give_up(context.now) {
            context.counters.in_doubt.fetch_add(kicks_of(&pending), Ordering::Relaxed);
            return Ok(());
        }
        match self.sender.send(context.store, 1) {
            Ok(None) => Ok(()),
            Ok(Some(SendOutcome::Applied(applied, batch, pending))) => {
                let committed = context.counters.note_applied(kicks_of(&pending), &applied);
                context.note_watermarks(&applied, &batch.parts);
                if let (Some(mark), Some(first)) = (applied.mark, pending.first()) {
                    let acknowledgement = (batch.sequence, committed, context.now);
                    let lost = self.lost_batches.note(first.bucket.metrica, mark, acknowledgement);
                    context.counters.lost.fetch_add(lost, Ordering::Relaxed);
                }
                Ok(())
            }
            Ok(Some(SendOutcome::Stale(error, _, pending))) => {
                self.rebuild(pending, context);
                self.stale += 1;
                if self.stale < MAX_ATTEMPTS {
                    return Ok(());
                }
                Err(Error::unavailable("definitions in the store kept changing while kicks were sent")
                    .because(error))
            }
            // Kicks of a damaged Metrica wait for its repair and must not block the others.
            Err(error) if error.is_corrupt() && has_one_metrica_per_batch(context) => {
                if let Some(pending) = self.sender.take_back() {
                    self.rebuild(pending, context);
                    self.set_aside.push_back(std::mem::take(&mut self.returned));
                }
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Builds the next batch, as large as one transaction should be. Metricas share it, or take turns when a batch has
    /// one Metrica only, so that a long backlog of one does not block the others.
    fn seal(&mut self, context: &BatchContext<'_>) -> Result<()> {
        let mut batch = BatchBuilder::default();
        self.fill(&mut batch, context)?;
        if !batch.is_empty() {
            let (parts, pending) = batch.build(context.now);
            self.sender.seal(parts, Vec::new(), context.now, pending);
        }
        Ok(())
    }

    fn fill(&mut self, batch: &mut BatchBuilder, context: &BatchContext<'_>) -> Result<()> {
        if !self.returned.is_empty() {
            for pending in &self.returned {
                batch.add_metrica(pending.bucket.metrica, context)?;
            }
            std::mem::take(&mut self.returned).into_iter().for_each(|pending| batch.add(pending, context));
            return Ok(());
        }
        let capabilities = context.store.capabilities();
        let limit = capabilities.cells_per_batch;
        let mut turns = self.backlog.turns();
        if capabilities.one_metrica_per_batch {
            let aside: Vec<u32> =
                self.set_aside.iter().filter_map(|batch| Some(batch.first()?.bucket.metrica)).collect();
            turns.retain(|metrica| !aside.contains(metrica));
            let Some(metrica) = turns.first() else { return self.fill_from_set_aside(batch, context) };
            // The turn ends even when the Store fails, so that the others get theirs.
            self.backlog.end_turn(*metrica);
            batch.add_metrica(*metrica, context)?;
            self.take(*metrica, limit, batch, context);
            return Ok(());
        }
        // Read all definitions first, so that no counter is removed when the Store fails.
        turns.iter().try_for_each(|metrica| batch.add_metrica(*metrica, context))?;
        // Each gets an equal share, then those with more counters get the rest.
        let share = (limit / turns.len().max(1)).max(1);
        for max_cells in [share, limit] {
            for metrica in &turns {
                let until = limit.min(batch.cells.saturating_add(max_cells));
                self.take(*metrica, until, batch, context);
            }
        }
        Ok(())
    }

    /// Fills a batch with the counters that were set aside first.
    fn fill_from_set_aside(&mut self, batch: &mut BatchBuilder, context: &BatchContext<'_>) -> Result<()> {
        for pending in self.set_aside.front().into_iter().flatten() {
            batch.add_metrica(pending.bucket.metrica, context)?;
        }
        self.set_aside.pop_front().into_iter().flatten().for_each(|pending| batch.add(pending, context));
        Ok(())
    }

    /// Moves counters of a Metrica into a batch until it has `until` cells.
    fn take(&mut self, metrica: u32, until: usize, batch: &mut BatchBuilder, context: &BatchContext<'_>) {
        while batch.cells < until
            && let Some(pending) = self.backlog.pop(metrica)
        {
            batch.add(pending, context);
        }
    }

    /// Keeps the counters of a batch that was certainly not applied, to rebuild it with the current definitions.
    fn rebuild(&mut self, pending: Vec<Pending>, context: &BatchContext<'_>) {
        let metricas: BTreeSet<u32> = pending.iter().map(|pending| pending.bucket.metrica).collect();
        metricas
            .into_iter()
            .filter_map(|metrica| context.state(metrica))
            .for_each(|metrica| metrica.invalidate());
        self.returned = pending;
    }
}

fn kicks_of(pending: &[Pending]) -> u64 {
    pending.iter().map(|pending| pending.count).sum()
}

/// Returns true when a batch has one Metrica only, so that its error concerns that Metrica.
fn has_one_metrica_per_batch(context: &BatchContext<'_>) -> bool {
    context.store.capabilities().one_metrica_per_batch
}
