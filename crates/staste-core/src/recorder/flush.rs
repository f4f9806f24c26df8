//! Flushing: from the shards to the outbox, and from there to the Store.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::recorder::Recorder;
use crate::recorder::backlog::Goal;
use crate::recorder::draft::Sending;
use crate::recorder::fast_counter::lane_head;
use crate::recorder::outbox::Outbox;
use crate::recorder::pending::hash;
use crate::recorder::pending_map::PendingMap;
use crate::recorder::shards::lock;
use crate::store::{Applied, TimeLimit};

thread_local! {
    /// True while this thread flushes: a kick from within must not wait for the flush.
    static FLUSHING: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as flushing until it is dropped.
struct Flushing;

impl Flushing {
    fn begin() -> Flushing {
        FLUSHING.set(true);
        Flushing
    }
}

impl Drop for Flushing {
    fn drop(&mut self) {
        FLUSHING.set(false);
    }
}

/// Which kicks a flush moves to the outbox.
#[derive(Clone, Copy, Debug)]
enum Absorb {
    /// While the Store takes batches: as many as have room there. None is dropped.
    Fitting,
    /// While it fails: all, so that the points that are kicked most find room in the shards. New points that have none
    /// in the outbox are dropped.
    All,
}

impl Absorb {
    /// The bound on the bytes of the outbox.
    fn bound(self, half: usize) -> Option<usize> {
        match self {
            Absorb::Fitting => None,
            Absorb::All => Some(half),
        }
    }
}

/// True while this thread flushes.
pub(super) fn is_flushing() -> bool {
    FLUSHING.get()
}

impl Recorder {
    /// Sends everything that was kicked before the call, and waits for it.
    ///
    /// Kicks that had to be refused or dropped are reported here, once, when all others are sent.
    pub(crate) fn flush(&self) -> Result<()> {
        self.pass()?;
        self.report_losses()
    }

    /// Fails, once, when kicks were refused or dropped.
    pub(super) fn report_losses(&self) -> Result<()> {
        let refusal = self.counters.take_refusal();
        let dropped = self.counters.take_dropped();
        match (refusal, dropped) {
            (None, 0) => Ok(()),
            (Some(refusal), 0) => Err(refusal),
            (refusal, dropped) => {
                let error = Error::dropped(format!(
                    "{dropped} kicks were dropped: the memory for pending kicks ({} bytes) was full and {} did not take \
                     them; see what it lacks, or allow more memory (`RecorderOptions::pending_at_most`)",
                    self.options.pending_bytes,
                    self.store.address()
                ));
                Err(match refusal {
                    Some(refusal) => error.because(refusal),
                    None => error,
                })
            }
        }
    }

    /// Flushes, or waits for a flush that began after the call.
    pub(super) fn pass(&self) -> Result<()> {
        self.gate.pass(|| self.flush_now())
    }

    /// Makes the kicks of this process visible to a read that follows.
    pub(crate) fn settle(&self) -> Result<()> {
        let settled = self.has_none_gathered() && lock(&self.outbox).is_empty();
        if settled { Ok(()) } else { self.pass() }
    }

    /// The same within the [`TimeLimit`] of this thread, where it has one.
    pub(crate) fn settle_in_time(self: &Arc<Self>) -> Result<()> {
        let Some(limit) = TimeLimit::current() else { return self.settle() };
        let (begun, mut ended) = self.gate.passed();
        loop {
            // While a flush runs it holds the outbox.
            if self.has_none_gathered() && self.outbox.try_lock().is_ok_and(|outbox| outbox.is_empty()) {
                return Ok(());
            }
            if ended > begun
                && let Some(outcome) = self.gate.outcome()
            {
                return outcome;
            }
            if limit.is_over() {
                return Err(self.not_in_time(limit.timeout()));
            }
            // The thread is not stopped by the limit of this one: what it sends may take its time.
            if !self.want_flush(true) && !self.gate.is_running() {
                return self.settle();
            }
            self.gate.wait_past(ended, limit.left());
            ended = self.gate.passed().1;
        }
    }

    fn not_in_time(&self, timeout: Duration) -> Error {
        Error::unavailable(format!(
            "{} did not take the kicks of this process within {timeout:?}, the time limit of the question: ask again, \
             allow more time, or ask for somewhat older numbers (max_age); the kicks stay pending",
            self.store.address()
        ))
    }

    fn has_none_gathered(&self) -> bool {
        lock(&self.lanes).iter().all(|lane| lane.is_empty()) && self.shards.is_empty()
    }

    /// The same, waiting no longer than `patience`, and not at all for a Store that is known to be down; true when
    /// they are visible.
    ///
    /// Flushes of the thread alone are waited for, so that nobody who asks hangs in the Store.
    pub(crate) fn settle_within(self: &Arc<Self>, patience: Duration) -> bool {
        if self.options.flush_interval.is_none() {
            // Nobody else flushes.
            return self.settle().is_ok();
        }
        let since = Instant::now();
        let (begun, mut ended) = self.gate.passed();
        loop {
            // While a flush runs it holds the outbox.
            if self.has_none_gathered() && self.outbox.try_lock().is_ok_and(|outbox| outbox.is_empty()) {
                return true;
            }
            let left = patience.saturating_sub(since.elapsed());
            if left.is_zero() || self.counters.failures() > 0 {
                return false;
            }
            if ended > begun {
                // One that began after the call took what was there, though others may go on kicking.
                return true;
            }
            self.want_flush(true);
            self.gate.wait_past(ended, left);
            ended = self.gate.passed().1;
        }
    }

    fn flush_now(&self) -> Result<()> {
        let _flushing = Flushing::begin();
        let began = Instant::now();
        let mut outbox = lock(&self.outbox);
        let sent = self.send_all(&mut outbox);
        self.note_outbox(&outbox);
        let is_empty = outbox.is_empty();
        drop(outbox);
        match &sent {
            Ok(()) => {
                *lock(&self.counters.sending_since) = (!is_empty).then_some(began);
                self.note_success();
            }
            Err(error) => {
                if self.counters.failed(error) == 0 {
                    self.notices.failed(error);
                }
            }
        }
        // Those who wait go on, or learn that it is in vain.
        self.room.changed();
        if sent.is_ok() {
            self.report_health(false);
        }
        self.log_notices();
        sent
    }

    /// Sends what was kicked before the call, batch by batch. Kicks that wait for room come in meanwhile.
    fn send_all(&self, outbox: &mut Outbox) -> Result<()> {
        let before = self.order.load(Ordering::Relaxed);
        outbox.begin();
        if self.counters.failures() > 0 && !outbox.is_empty() {
            // Whether the Store is back decides what becomes of kicks that have no room in the outbox.
            if let Err(error) = self.send(outbox) {
                self.absorb(outbox, Absorb::All);
                return Err(error);
            }
        }
        self.absorb(outbox, Absorb::Fitting);
        let mut goal: Option<Goal> = None;
        loop {
            if goal.is_none() && !self.shards.hold_any_before(before) {
                goal = Some(outbox.goal());
            }
            if goal.as_ref().is_some_and(|goal| outbox.has_reached(goal)) {
                return Ok(());
            }
            self.send(outbox)?;
            if goal.is_none() || self.room.is_wanted() {
                self.absorb_shards(outbox, Absorb::Fitting);
            }
        }
    }

    /// Sends one batch.
    fn send(&self, outbox: &mut Outbox) -> Result<()> {
        let slots = lock(&self.slots).clone();
        let sending = Sending {
            store: self.store.as_ref(),
            slots: &slots,
            counters: &self.counters,
            now: self.clock.now(),
        };
        outbox.send(&sending)?;
        self.note_outbox(outbox);
        self.room.set_stalled(false);
        self.notices.skew(self.counters.clock_skew());
        if self.counters.failures() > 0 {
            self.note_success();
        }
        Ok(())
    }

    /// Counts the kicks of a batch that did not pass through the outbox.
    pub(crate) fn note_applied(&self, kicks: u64, applied: &Applied) {
        if !applied.claimed {
            self.counters.applied(kicks, applied);
        }
    }

    /// The Store takes batches.
    fn note_success(&self) {
        let failures = self.counters.succeeded();
        self.notices.recovered(failures, self.counters.dropped.load(Ordering::Relaxed));
    }

    /// Counts kicks for which there was no room.
    pub(super) fn note_dropped(&self, kicks: u64) {
        if kicks > 0 {
            let before = self.counters.dropped.fetch_add(kicks, Ordering::Relaxed);
            self.notices.dropped(before, self.counters.last_error());
        }
    }

    /// Logs what happened, while no lock is held that the log's own work could need.
    pub(super) fn log_notices(&self) {
        self.notices.log(self.store.as_ref(), self.options.pending_bytes);
    }

    fn note_outbox(&self, outbox: &Outbox) {
        self.counters.outbox_bytes.store(outbox.bytes(), Ordering::Relaxed);
    }

    /// Moves kicks from shards and lanes to the outbox.
    fn absorb(&self, outbox: &mut Outbox, absorb: Absorb) {
        self.absorb_shards(outbox, absorb);
        self.absorb_lanes(outbox, absorb);
    }

    fn absorb_shards(&self, outbox: &mut Outbox, absorb: Absorb) {
        let half = self.options.half();
        let most = match absorb {
            Absorb::Fitting => half.saturating_sub(outbox.bytes()),
            Absorb::All => usize::MAX,
        };
        let (drained, since) = self.shards.drain(most);
        if drained.is_empty() {
            return;
        }
        lock(&self.counters.sending_since).get_or_insert_with(|| since.unwrap_or_else(Instant::now));
        let slots = lock(&self.slots).clone();
        for queue in &drained {
            self.counters.gathered_bytes.fetch_sub(queue.bytes(), Ordering::Relaxed);
            for (slot, bytes) in queue.bytes_by_slot() {
                if let Some(slot) = slots.get(slot as usize) {
                    slot.gathered_bytes.fetch_sub(bytes, Ordering::Relaxed);
                }
            }
        }
        self.room.changed();
        let dropped = outbox.absorb(drained, absorb.bound(half));
        self.note_outbox(outbox);
        self.note_dropped(dropped);
    }

    /// Takes the kicks out of the lanes; lanes that no handle holds any more are closed.
    fn absorb_lanes(&self, outbox: &mut Outbox, absorb: Absorb) {
        let since = lock(&self.lanes_since).take();
        let mut bound = PendingMap::default();
        lock(&self.lanes).retain(|lane| {
            // Looked at before the kicks are taken: nobody can kick a lane only the list holds.
            let held = Arc::strong_count(lane) > 1;
            fence(Ordering::Acquire);
            if let Some(taken) = lane.take() {
                let (head, total) = lane_head(lane, taken);
                let hash = hash(&self.seed, head, &lane.key);
                let order = self.order.fetch_add(1, Ordering::Relaxed);
                bound.add((hash, order), head, &lane.key, total.into(), u64::from(taken.count));
            }
            held
        });
        if !bound.is_empty() {
            lock(&self.counters.sending_since).get_or_insert_with(|| since.unwrap_or_else(Instant::now));
            let dropped = outbox.absorb(vec![bound.into_queue()], absorb.bound(self.options.half()));
            self.note_dropped(dropped);
        }
    }
}
