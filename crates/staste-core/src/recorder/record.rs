//! Recording: adding a kick to memory, or waiting for room in it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use crate::recorder::entry_queue::EntryQueue;
use crate::recorder::fast_counter::{FastCounter, lane_head};
use crate::recorder::flush::is_flushing;
use crate::recorder::identity::Texts;
use crate::recorder::metrica_state::MetricaState;
use crate::recorder::pending::{Head, hash, hash_texts};
use crate::recorder::shards::{Content, lock};
use crate::recorder::{Recorder, room};

/// The choice of a kick that needs memory where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// It waits, as long as the options allow and the Store takes batches, and is dropped otherwise.
    Wait,
    /// It is dropped and counted as dropped.
    Drop,
    /// It is not recorded, and the caller may try again.
    Return,
}

impl Recorder {
    /// Adds a kick to a lane that is empty, full or of another minute.
    #[cold]
    pub(crate) fn add_to_lane(self: &Arc<Self>, slot: &MetricaState, lane: &FastCounter, minute: u32) {
        lock(&self.lanes_since).get_or_insert_with(Instant::now);
        if let Some(earlier) = lane.add(minute) {
            // Kicks that were recorded already always have room: a lane makes one counter a minute at most.
            let (head, total) = lane_head(lane, earlier);
            let hash = hash(&self.seed, head, &lane.key);
            let mut content = self.shards.own();
            self.insert(&mut content, slot, hash, head, &lane.key, total, u64::from(earlier.count));
        }
        self.want_flush(false);
    }

    /// Adds a kick at a point that is texts only, if it is there already.
    #[inline]
    pub(crate) fn add_texts(&self, head: Head, texts: &Texts<'_>, total: i64) -> bool {
        let hash = hash_texts(&self.seed, head, texts);
        match self.shards.own().map.find(hash, head, |key| texts.is(key)) {
            Some(entry) => {
                entry.add(i128::from(total), 1);
                true
            }
            None => false,
        }
    }

    /// Adds one kick at a point, which may be new: then it needs room. Returns false when there was none and nothing
    /// was recorded, not even as dropped.
    pub(crate) fn add(
        self: &Arc<Self>,
        slot: &MetricaState,
        head: Head,
        key: &[u8],
        total: i64,
        no_room: NoRoom,
    ) -> bool {
        let hash = hash(&self.seed, head, key);
        let (half, more) = (self.options.half(), EntryQueue::bytes_of(key.len()));
        let mut began = None;
        loop {
            let changes = self.room.changes();
            let mut content = self.shards.own();
            let gathered = self.counters.gathered_bytes.load(Ordering::Relaxed);
            let own = slot.gathered_bytes.load(Ordering::Relaxed);
            if room::fits(own, gathered, half, more) || content.map.has(hash, head, key) {
                self.insert(&mut content, slot, hash, head, key, total, 1);
                drop(content);
                self.want_flush(gathered + more > half / 2);
                break;
            }
            drop(content);
            if no_room == NoRoom::Return {
                return false;
            }
            let may_wait = no_room == NoRoom::Wait && room::fits(0, 0, half, more) && self.may_wait();
            if may_wait {
                began.get_or_insert_with(Instant::now);
            }
            if !may_wait || !self.wait_for_room(changes) {
                // It waited in vain, which the drop says.
                began = None;
                self.note_dropped(1);
                break;
            }
        }
        if let Some(began) = began {
            self.counters.waited.fetch_add(1, Ordering::Relaxed);
            self.notices.waited(began.elapsed());
        }
        self.log_notices();
        true
    }

    /// Adds kicks at a point that is there or has room.
    #[expect(clippy::too_many_arguments, reason = "what a counter is made of")]
    fn insert(
        &self,
        content: &mut Content,
        slot: &MetricaState,
        hash: u64,
        head: Head,
        key: &[u8],
        total: i64,
        count: u64,
    ) {
        content.since.get_or_insert_with(Instant::now);
        let order = self.order.fetch_add(1, Ordering::Relaxed);
        let bytes = content.map.add((hash, order), head, key, i128::from(total), count);
        slot.gathered_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.counters.gathered_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// True while the Store takes batches, as far as is known, so that waiting for room is worth while.
    fn may_wait(&self) -> bool {
        self.options.room_timeout.is_some()
            && self.counters.failures() == 0
            && !self.room.is_stalled()
            && !is_flushing()
    }

    /// Waits for a flush to make room. Returns false when the Store fails, or has taken nothing for as long as the
    /// options allow to wait: each batch that it takes begins the time anew.
    fn wait_for_room(self: &Arc<Self>, changes: u64) -> bool {
        if !self.has_thread() {
            return self.pass().is_ok();
        }
        self.want_flush(true);
        let timeout = self.options.room_timeout.unwrap_or_default();
        let has_changed = self.room.wait(changes, timeout);
        if !has_changed {
            self.room.set_stalled(true);
        }
        has_changed
    }
}
