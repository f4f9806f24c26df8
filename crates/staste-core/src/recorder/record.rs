//! Recording: adds a kick to memory, or waits for free memory.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use crate::amount::Bin;
use crate::recorder::entry_queue::EntryQueue;
use crate::recorder::fast_counter::{FastCounter, bucket_and_total};
use crate::recorder::flush::is_flushing;
use crate::recorder::identity::Texts;
use crate::recorder::lock::lock;
use crate::recorder::memory_limit;
use crate::recorder::metrica_state::MetricaState;
use crate::recorder::pending::{PendingBucket, hash, hash_texts};
use crate::recorder::recorder_core::Recorder;
use crate::recorder::shards::ShardContent;

/// What happens to a kick when the memory for pending kicks is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenFull {
    /// It waits as long as the options allow while the Store takes batches, and is dropped otherwise.
    Wait,
    /// It is dropped and counted as dropped.
    Drop,
    /// It is not recorded, and the caller may retry.
    Return,
}

impl Recorder {
    /// Adds a kick to a fast counter that is empty, full or at another minute.
    #[cold]
    pub(crate) fn add_to_fast_counter(
        self: &Arc<Self>,
        state: &MetricaState,
        counter: &FastCounter,
        minute: u32,
    ) {
        lock(&self.fast_counters_since).get_or_insert_with(Instant::now);
        if let Some(earlier) = counter.add(minute) {
            // Recorded kicks are inserted regardless of the limit: a fast counter adds at most one pending counter per
            // minute.
            let (bucket, total) = bucket_and_total(counter, earlier);
            let hash = hash(&self.seed, bucket, &counter.key);
            let mut content = self.shards.own();
            let key = (&*counter.key, state.bin_of_ones());
            self.insert(&mut content, state, hash, bucket, key, (total, earlier.count));
        }
        self.request_flush(false);
    }

    /// Adds a kick to the counter of a point of texts and a bin, if there is one; returns whether there was.
    #[inline]
    pub(crate) fn add_texts(
        &self,
        bucket: PendingBucket,
        texts: &Texts<'_>,
        bin: Option<Bin>,
        total: i64,
    ) -> bool {
        let hash = hash_texts(&self.seed, bucket, texts);
        self.shards.own().map.try_add(hash, bucket, |key| texts.matches(key), bin, total)
    }

    /// Adds one kick at a point, in a bin if it has one; a new point or bin needs free memory. Returns false when there was
    /// none and nothing was recorded, not even as dropped.
    pub(crate) fn add(
        self: &Arc<Self>,
        state: &MetricaState,
        bucket: PendingBucket,
        (key, bin): (&[u8], Option<Bin>),
        total: i64,
        when_full: WhenFull,
    ) -> bool {
        let hash = hash(&self.seed, bucket, key);
        let (half, more) = (self.options.half(), EntryQueue::bytes_of_first(key.len(), bin));
        let mut began = None;
        loop {
            let notifications = self.memory_waiters.notifications();
            let mut content = self.shards.own();
            let used = self.counters.shard_bytes.load(Ordering::Relaxed);
            let own = state.shard_bytes.load(Ordering::Relaxed);
            if memory_limit::fits_fair_share(own, used, half, more)
                || content.map.contains(hash, bucket, (key, bin))
            {
                self.insert(&mut content, state, hash, bucket, (key, bin), (total, 1));
                drop(content);
                self.request_flush(used + more > half / 2);
                break;
            }
            drop(content);
            if when_full == WhenFull::Return {
                return false;
            }
            let may_wait = when_full == WhenFull::Wait
                && memory_limit::fits_fair_share(0, 0, half, more)
                && self.may_wait();
            if may_wait {
                began.get_or_insert_with(Instant::now);
            }
            if !may_wait || !self.wait_for_memory(notifications) {
                // A kick that is dropped after it waited is reported as dropped only.
                began = None;
                self.note_dropped(1);
                break;
            }
        }
        if let Some(began) = began {
            self.counters.waited.fetch_add(1, Ordering::Relaxed);
            self.event_log.waited(began.elapsed());
        }
        self.write_event_log();
        true
    }

    /// Adds kicks at a point.
    fn insert(
        &self,
        content: &mut ShardContent,
        state: &MetricaState,
        hash: u64,
        bucket: PendingBucket,
        key: (&[u8], Option<Bin>),
        kicks: (i64, u32),
    ) {
        content.since.get_or_insert_with(Instant::now);
        let order = self.order.fetch_add(1, Ordering::Relaxed);
        let bytes = content.map.add_to_bin((hash, order), bucket, key, kicks);
        state.shard_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.counters.shard_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Returns true while the Store takes batches as far as is known, so that waiting can help.
    fn may_wait(&self) -> bool {
        self.options.room_timeout.is_some()
            && self.counters.failures() == 0
            && !self.memory_waiters.is_stalled()
            && !is_flushing()
    }

    /// Waits for a flush to free memory. Returns false when the Store fails, or has taken no batch within the timeout
    /// of the options, which starts again with each batch.
    fn wait_for_memory(self: &Arc<Self>, notifications: u64) -> bool {
        if !self.has_thread() {
            return self.flush_or_join().is_ok();
        }
        self.request_flush(true);
        let timeout = self.options.room_timeout.unwrap_or_default();
        let was_notified = self.memory_waiters.wait(notifications, timeout);
        if !was_notified {
            self.memory_waiters.set_stalled(true);
        }
        was_notified
    }
}
