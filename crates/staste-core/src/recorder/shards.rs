//! The maps that kicks are added to: a few, so that threads rarely meet at one.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::recorder::entry_queue::EntryQueue;
use crate::recorder::pending_map::PendingMap;

/// A fresh map has room for as many counters as the last one held, but not for more than these.
const MAX_CAPACITY: usize = 16_384;

/// One map under its own lock, on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
struct Shard(Mutex<Content>);

#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) map: PendingMap,
    /// When the oldest kick in the map came.
    pub(crate) since: Option<Instant>,
}

/// All shards of a Recorder.
#[derive(Debug)]
pub(crate) struct Shards {
    shards: Box<[Shard]>,
}

impl Shards {
    /// At least four shards a core.
    pub(crate) fn new() -> Shards {
        let cores = std::thread::available_parallelism().map_or(4, usize::from);
        let count = (cores * 4).clamp(8, 64).next_power_of_two();
        Shards { shards: (0..count).map(|_| Shard(Mutex::default())).collect() }
    }

    /// The shard of the calling thread, locked.
    #[inline]
    pub(crate) fn own(&self) -> MutexGuard<'_, Content> {
        let index = thread_number() & (self.shards.len() - 1);
        match self.shards.get(index) {
            Some(shard) => lock(&shard.0),
            None => unreachable!("the number of shards is a power of two, so the mask keeps within it"),
        }
    }

    /// Takes kicks out, of counters that take at most so many bytes together: all of a shard, or its oldest in large
    /// pieces. Returns them with the time at which the oldest came.
    pub(crate) fn drain(&self, most: usize) -> (Vec<EntryQueue>, Option<Instant>) {
        let (mut drained, mut oldest, mut left) = (Vec::new(), None, most);
        for shard in &self.shards {
            let (size, bytes) = {
                let content = lock(&shard.0);
                (content.map.len(), content.map.bytes())
            };
            if size == 0 {
                continue;
            }
            // Room for as many again is made before the lock is taken a second time.
            let fresh = Content { map: PendingMap::with_capacity(size.min(MAX_CAPACITY)), since: None };
            let mut content = lock(&shard.0);
            oldest = oldest.into_iter().chain(content.since).min();
            let queue = if content.map.bytes() <= left {
                let content = std::mem::replace(&mut *content, fresh);
                content.map.into_queue()
            } else {
                content.map.split_front(left.min(bytes))
            };
            left -= queue.bytes();
            if !queue.is_empty() {
                drained.push(queue);
            }
        }
        (drained, oldest)
    }

    /// True when a kick is pending whose number is below `order`.
    pub(crate) fn hold_any_before(&self, order: u64) -> bool {
        self.shards.iter().any(|shard| lock(&shard.0).map.first_order().is_some_and(|first| first < order))
    }

    /// True when no kick is pending.
    pub(crate) fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| lock(&shard.0).map.is_empty())
    }

    /// When the oldest pending kick came.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.shards.iter().filter_map(|shard| lock(&shard.0).since).min()
    }
}

/// Locks even after a panic elsewhere: a map is never left half changed.
#[inline]
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A small number for the calling thread, the same at each call.
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
