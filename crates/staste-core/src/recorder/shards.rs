//! `Shards`: the maps to which kicks are added, several so that threads rarely contend for one.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use crate::recorder::entry_queue::EntryQueue;
use crate::recorder::lock::lock;
use crate::recorder::pending_map::PendingMap;

/// Maximum initial capacity of a new map; otherwise it is the size of the one before.
const MAX_CAPACITY: usize = 16_384;

/// A map with a lock of its own, on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
struct Shard(Mutex<ShardContent>);

#[derive(Debug, Default)]
pub(crate) struct ShardContent {
    pub(crate) map: PendingMap,
    /// When the oldest kick in the map was recorded.
    pub(crate) since: Option<Instant>,
}

/// All shards of a Recorder.
#[derive(Debug)]
pub(crate) struct Shards {
    shards: Box<[Shard]>,
}

impl Shards {
    /// Creates at least four shards per core.
    pub(crate) fn new() -> Shards {
        let cores = std::thread::available_parallelism().map_or(4, usize::from);
        let count = (cores * 4).clamp(8, 64).next_power_of_two();
        Shards { shards: (0..count).map(|_| Shard(Mutex::default())).collect() }
    }

    /// Locks the shard of the calling thread.
    #[inline]
    pub(crate) fn own(&self) -> MutexGuard<'_, ShardContent> {
        let index = thread_number() & (self.shards.len() - 1);
        match self.shards.get(index) {
            Some(shard) => lock(&shard.0),
            None => unreachable!("the number of shards is a power of two, so the mask keeps within it"),
        }
    }

    /// Removes counters that take at most `max_bytes` together: whole shards, or the oldest counters of a shard in
    /// large pieces. Returns them with the time at which the oldest kick was recorded.
    pub(crate) fn drain(&self, max_bytes: usize) -> (Vec<EntryQueue>, Option<Instant>) {
        let (mut drained, mut oldest, mut left) = (Vec::new(), None, max_bytes);
        for shard in &self.shards {
            let (size, bytes) = {
                let content = lock(&shard.0);
                (content.map.len(), content.map.bytes())
            };
            if size == 0 {
                continue;
            }
            // Allocate the new map before taking the lock again.
            let fresh = ShardContent { map: PendingMap::with_capacity(size.min(MAX_CAPACITY)), since: None };
            let mut content = lock(&shard.0);
            oldest = oldest.into_iter().chain(content.since).min();
            let queue = if content.map.bytes() <= left {
                std::mem::replace(&mut *content, fresh).map.into_queue()
            } else {
                content.map.split_front(left.min(bytes))
            };
            drop(content);
            left -= queue.bytes();
            if !queue.is_empty() {
                drained.push(queue);
            }
        }
        (drained, oldest)
    }

    /// Returns true when a pending kick has an order below `order`.
    pub(crate) fn has_any_before(&self, order: u64) -> bool {
        self.shards.iter().any(|shard| lock(&shard.0).map.first_order().is_some_and(|first| first < order))
    }

    /// Returns true when no kick is pending.
    pub(crate) fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| lock(&shard.0).map.is_empty())
    }

    /// Returns when the oldest pending kick was recorded.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.shards.iter().filter_map(|shard| lock(&shard.0).since).min()
    }
}

/// Returns a small number for the calling thread, the same at each call.
#[inline]
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    NUMBER.with(|number| match number.get() {
        usize::MAX => {
            number.set(NEXT.fetch_add(1, Ordering::Relaxed));
            number.get()
        }
        known => known,
    })
}
