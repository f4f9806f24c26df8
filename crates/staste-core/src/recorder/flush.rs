//! Flushing: moves kicks from the shards to the outbox, and sends them to the Store.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::recorder::backlog::FlushTarget;
use crate::recorder::batch_builder::BatchContext;
use crate::recorder::fast_counter::bucket_and_total;
use crate::recorder::identity::with_bin;
use crate::recorder::lock::lock;
use crate::recorder::outbox::Outbox;
use crate::recorder::pending::hash;
use crate::recorder::pending_map::PendingMap;
use crate::recorder::recorder_core::Recorder;
use crate::store::{Applied, TimeLimit};

thread_local! {
    /// True while this thread flushes: a kick from within a flush must not wait for it.
    static FLUSHING: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as flushing until it is dropped.
struct FlushMarker;

impl FlushMarker {
    fn begin() -> FlushMarker {
        FLUSHING.set(true);
        FlushMarker
    }
}

impl Drop for FlushMarker {
    fn drop(&mut self) {
        FLUSHING.set(false);
    }
}

/// The kicks that a flush moves to the outbox.
#[derive(Clone, Copy, Debug)]
enum MoveScope {
    /// Those for which the outbox has free memory, while the Store takes batches. None is dropped.
    WithinLimit,
    /// All, while the Store fails, so that frequent points find memory in the shards. New points are dropped when the
    /// outbox has no memory for them.
    All,
}

impl MoveScope {
    /// Returns the limit on the bytes of the outbox for new points.
    fn limit(self, half: usize) -> Option<usize> {
        match self {
            MoveScope::WithinLimit => None,
            MoveScope::All => Some(half),
        }
    }
}

/// Returns true while this thread flushes.
pub(super) fn is_flushing() -> bool {
    FLUSHING.get()
}

impl Recorder {
    /// Sends all kicks recorded before the call and waits for them.
    ///
    /// Refused and dropped kicks are reported here, once, after all others are sent.
    pub(crate) fn flush(&self) -> Result<()> {
        self.flush_or_join()?;
        self.report_losses()
    }

    /// Returns an error, once, when kicks were refused or dropped.
    pub(super) fn report_losses(&self) -> Result<()> {
        let refusal = self.counters.take_refusal();
        let dropped = self.counters.take_dropped();
        match (refusal, dropped) {
            (None, 0) => Ok(()),
            (Some(refusal), 0) => Err(refusal),
            (refusal, dropped) => {
                let error = Error::dropped(format!(
                    "{dropped} kicks were dropped: the memory for pending kicks ({} bytes) was full and {} did not take \
                     them; check the store, or allow more memory (`RecorderOptions::pending_at_most`)",
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

    /// Flushes, or waits for a flush of another thread that begins after the call.
    pub(super) fn flush_or_join(&self) -> Result<()> {
        self.flush_gate.run_or_join(|| self.flush_now())
    }

    /// Makes the pending kicks of this process visible to following reads.
    pub(crate) fn flush_pending(&self) -> Result<()> {
        let is_idle = self.has_no_new_kicks() && lock(&self.outbox).is_empty();
        if is_idle { Ok(()) } else { self.flush_or_join() }
    }

    /// Does the same within the [`TimeLimit`] of this thread, if it has one.
    pub(crate) fn flush_pending_within_limit(self: &Arc<Self>) -> Result<()> {
        let Some(limit) = TimeLimit::current() else { return self.flush_pending() };
        let (begun, mut ended) = self.flush_gate.counts();
        loop {
            // A running flush holds the lock of the outbox.
            if self.has_no_new_kicks() && self.outbox.try_lock().is_ok_and(|outbox| outbox.is_empty()) {
                return Ok(());
            }
            if ended > begun
                && let Some(outcome) = self.flush_gate.outcome()
            {
                return outcome;
            }
            if limit.is_over() {
                return Err(self.timed_out(limit.timeout()));
            }
            // The limit of this thread does not apply to the flush thread, whose batch may take longer.
            if !self.request_flush(true) && !self.flush_gate.is_running() {
                return self.flush_pending();
            }
            self.flush_gate.wait_past(ended, limit.left());
            ended = self.flush_gate.counts().1;
        }
    }

    fn timed_out(&self, timeout: Duration) -> Error {
        Error::unavailable(format!(
            "{} did not take the kicks of this process within {timeout:?}, the time limit of the query: retry, allow more \
             time, or accept older results (max_age); the kicks stay pending",
            self.store.address()
        ))
    }

    /// Returns true when the shards and the fast counters are empty.
    fn has_no_new_kicks(&self) -> bool {
        lock(&self.fast_counters).iter().all(|counter| counter.is_empty()) && self.shards.is_empty()
    }

    /// Does the same but waits no longer than `timeout`, and not at all for a Store that is known to be down. Returns
    /// true when the kicks are visible.
    ///
    /// It only waits for the flush thread, so that the caller never hangs in the Store.
    pub(crate) fn flush_pending_within(self: &Arc<Self>, timeout: Duration) -> bool {
        if self.options.flush_interval.is_none() {
            // There is no flush thread.
            return self.flush_pending().is_ok();
        }
        let since = Instant::now();
        let (begun, mut ended) = self.flush_gate.counts();
        loop {
            // A running flush holds the lock of the outbox.
            if self.has_no_new_kicks() && self.outbox.try_lock().is_ok_and(|outbox| outbox.is_empty()) {
                return true;
            }
            let left = timeout.saturating_sub(since.elapsed());
            if left.is_zero() || self.counters.failures() > 0 {
                return false;
            }
            if ended > begun {
                // A flush that began after the call took all earlier kicks; later ones may be pending.
                return true;
            }
            self.request_flush(true);
            self.flush_gate.wait_past(ended, left);
            ended = self.flush_gate.counts().1;
        }
    }

    fn flush_now(&self) -> Result<()> {
        let _marker = FlushMarker::begin();
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
                if self.counters.note_failure(error) == 0 {
                    self.event_log.failed(error);
                }
            }
        }
        // Waiting kicks retry, or give up when the Store fails.
        self.memory_waiters.notify();
        if sent.is_ok() {
            self.report_health(false);
        }
        self.write_event_log();
        sent
    }

    /// Sends all kicks recorded before the call, batch by batch. Waiting kicks are recorded meanwhile.
    fn send_all(&self, outbox: &mut Outbox) -> Result<()> {
        let before = self.order.load(Ordering::Relaxed);
        outbox.begin_flush();
        if self.counters.failures() > 0 && !outbox.is_empty() {
            // First find out whether the Store takes batches again: if not, kicks without memory in the outbox are
            // dropped.
            if let Err(error) = self.send(outbox) {
                self.move_to_outbox(outbox, MoveScope::All);
                return Err(error);
            }
        }
        self.move_to_outbox(outbox, MoveScope::WithinLimit);
        let mut target: Option<FlushTarget> = None;
        loop {
            if target.is_none() && !self.shards.has_any_before(before) {
                target = Some(outbox.flush_target());
            }
            if target.as_ref().is_some_and(|target| outbox.has_reached(target)) {
                return Ok(());
            }
            self.send(outbox)?;
            if target.is_none() || self.memory_waiters.has_waiters() {
                self.move_shards(outbox, MoveScope::WithinLimit);
            }
        }
    }

    /// Sends one batch.
    fn send(&self, outbox: &mut Outbox) -> Result<()> {
        let states = lock(&self.states).clone();
        let context = BatchContext {
            store: self.store.as_ref(),
            states: &states,
            counters: &self.counters,
            now: self.clock.now(),
        };
        outbox.send(&context)?;
        self.note_outbox(outbox);
        self.memory_waiters.set_stalled(false);
        self.event_log.skew(self.counters.clock_skew());
        if self.counters.failures() > 0 {
            self.note_success();
        }
        Ok(())
    }

    /// Counts the kicks of a batch that was not sent by the outbox.
    pub(crate) fn note_applied(&self, kicks: u64, applied: &Applied) {
        if !applied.claimed {
            self.counters.note_applied(kicks, applied);
        }
    }

    /// Notes that the Store takes batches.
    fn note_success(&self) {
        let failures = self.counters.note_success();
        self.event_log.recovered(failures, self.counters.dropped.load(Ordering::Relaxed));
    }

    /// Counts dropped kicks.
    pub(super) fn note_dropped(&self, kicks: u64) {
        if kicks > 0 {
            let before = self.counters.dropped.fetch_add(kicks, Ordering::Relaxed);
            self.event_log.dropped(before, self.counters.last_error());
        }
    }

    /// Logs events. The caller must not hold a lock, since a logger may kick.
    pub(super) fn write_event_log(&self) {
        self.event_log.log(self.store.as_ref(), self.options.pending_bytes);
    }

    fn note_outbox(&self, outbox: &Outbox) {
        self.counters.outbox_bytes.store(outbox.bytes(), Ordering::Relaxed);
    }

    /// Moves kicks from the shards and fast counters to the outbox.
    fn move_to_outbox(&self, outbox: &mut Outbox, scope: MoveScope) {
        self.move_shards(outbox, scope);
        self.move_fast_counters(outbox, scope);
    }

    fn move_shards(&self, outbox: &mut Outbox, scope: MoveScope) {
        let half = self.options.half();
        let max_bytes = match scope {
            MoveScope::WithinLimit => half.saturating_sub(outbox.bytes()),
            MoveScope::All => usize::MAX,
        };
        let (drained, since) = self.shards.drain(max_bytes);
        if drained.is_empty() {
            return;
        }
        lock(&self.counters.sending_since).get_or_insert_with(|| since.unwrap_or_else(Instant::now));
        let states = lock(&self.states).clone();
        for queue in &drained {
            self.counters.shard_bytes.fetch_sub(queue.bytes(), Ordering::Relaxed);
            for (metrica, bytes) in queue.bytes_by_metrica() {
                if let Some(state) = states.get(metrica as usize) {
                    state.shard_bytes.fetch_sub(bytes, Ordering::Relaxed);
                }
            }
        }
        self.memory_waiters.notify();
        let drained = drained.into_iter().map(|queue| queue.with_counter_for_each_bin(&self.seed)).collect();
        let dropped = outbox.add_queues(drained, scope.limit(half));
        self.note_outbox(outbox);
        self.note_dropped(dropped);
    }

    /// Moves the kicks of the fast counters to the outbox, and removes fast counters without a handle.
    fn move_fast_counters(&self, outbox: &mut Outbox, scope: MoveScope) {
        let since = lock(&self.fast_counters_since).take();
        let mut pending = PendingMap::default();
        let states = lock(&self.states).clone();
        lock(&self.fast_counters).retain(|counter| {
            // Checked before the kicks are taken: without a handle no more kicks can be added.
            let has_handle = Arc::strong_count(counter) > 1;
            fence(Ordering::Acquire);
            if let Some(taken) = counter.take() {
                let (bucket, total) = bucket_and_total(counter, taken);
                let bin = states.get(counter.metrica as usize).and_then(|state| state.bin_of_ones());
                let key = bin.map(|bin| with_bin(&counter.key, bin));
                let key = key.as_deref().unwrap_or(&counter.key);
                let hash = hash(&self.seed, bucket, key);
                let order = self.order.fetch_add(1, Ordering::Relaxed);
                pending.add((hash, order), bucket, key, total.into(), u64::from(taken.count));
            }
            has_handle
        });
        if !pending.is_empty() {
            lock(&self.counters.sending_since).get_or_insert_with(|| since.unwrap_or_else(Instant::now));
            let dropped = outbox.add_queues(vec![pending.into_queue()], scope.limit(self.options.half()));
            self.note_dropped(dropped);
        }
    }
}
