//! The Recorder: merges kicks in memory and flushes them to the Store.

mod confirmed;
mod gate;
mod health;
mod lane;
mod outbox;
mod part_builder;
mod pending;
mod shards;
mod slot;
mod thread;

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;

use gate::Gate;
use health::Counters;
pub use health::Health;
pub(crate) use lane::Lane;
use outbox::{Outbox, Sending};
pub(crate) use part_builder::PartBuilder;
pub(crate) use pending::{At, Head, Pending, PendingMap, hash, hash_texts};
use shards::{Shards, lock};
pub(crate) use slot::Slot;

use crate::identity::Texts;
use crate::store::{Store, Writer};
use crate::{Asked, Clock, Result};

/// How a Recorder behaves.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use staste::{Clock, MemoryStore, Options, Staste};
/// let options = Options::default().flush_every(Some(Duration::from_secs(1))).pending_at_most(8 << 20);
/// let staste = Staste::with(Arc::new(MemoryStore::new()), Clock::system(), options);
/// # let _ = staste;
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How often kicks are flushed; stretched so that flushing takes at most a quarter of the time.
    /// None: only reads, `flush` and `close` flush.
    pub flush_interval: Option<Duration>,
    /// How many bytes of kicks may wait in memory: half for what was kicked since the last flush, half
    /// for what a Store that is down has not taken yet. Past it kicks at points that do not wait
    /// already are dropped and counted; all others merge.
    pub pending_bytes: usize,
}

impl Default for Options {
    /// 250 milliseconds and 64 MiB.
    fn default() -> Options {
        Options { flush_interval: Some(Duration::from_millis(250)), pending_bytes: 64 << 20 }
    }
}

impl Options {
    /// The same options with another flush interval.
    #[must_use]
    pub fn flush_every(mut self, interval: Option<Duration>) -> Options {
        self.flush_interval = interval;
        self
    }

    /// The same options with another bound on what may wait in memory.
    #[must_use]
    pub fn pending_at_most(mut self, bytes: usize) -> Options {
        self.pending_bytes = bytes;
        self
    }

    const fn half(&self) -> usize {
        self.pending_bytes / 2
    }
}

/// One process' kicks on their way to one Store.
#[derive(Debug)]
pub(crate) struct Recorder {
    store: Arc<dyn Store>,
    clock: Clock,
    options: Options,
    seed: RandomState,
    /// Numbers new points, so that choices are remembered in the order of their first kick.
    order: AtomicU64,
    shards: Shards,
    lanes: Mutex<Vec<Arc<Lane>>>,
    /// Since when a lane holds kicks.
    lanes_since: Mutex<Option<Instant>>,
    slots: Mutex<Vec<Arc<Slot>>>,
    gate: Gate,
    outbox: Mutex<Outbox>,
    counters: Counters,
    thread: Mutex<thread::State>,
    thread_started: AtomicBool,
    wake: Condvar,
}

impl Recorder {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Clock, options: Options) -> Arc<Recorder> {
        Arc::new(Recorder {
            store,
            clock,
            options,
            seed: RandomState::default(),
            order: AtomicU64::new(0),
            shards: Shards::new(),
            lanes: Mutex::default(),
            lanes_since: Mutex::default(),
            slots: Mutex::default(),
            gate: Gate::default(),
            outbox: Mutex::new(Outbox::new(random_writer())),
            counters: Counters::default(),
            thread: Mutex::default(),
            thread_started: AtomicBool::new(false),
            wake: Condvar::new(),
        })
    }

    /// Gives a Metrica its slot.
    pub(crate) fn register(&self, asked: &Arc<Asked>) -> Arc<Slot> {
        let mut slots = lock(&self.slots);
        // Handles that ask for the same share one, however many are made.
        if let Some(known) = slots.iter().find(|slot| *slot.asked == **asked) {
            return Arc::clone(known);
        }
        let slot = Arc::new(Slot::new(u32::try_from(slots.len()).unwrap_or(u32::MAX), Arc::clone(asked)));
        slots.push(Arc::clone(&slot));
        slot
    }

    /// Gives a bound point its lane.
    pub(crate) fn open_lane(&self, slot: &Slot, key: &[u8]) -> Arc<Lane> {
        let lane = Arc::new(Lane::new(slot.index, slot.multiplier(), key.into()));
        lock(&self.lanes).push(Arc::clone(&lane));
        lane
    }

    /// Adds a kick to a lane that is empty, full or of another minute.
    #[cold]
    pub(crate) fn add_to_lane(self: &Arc<Self>, lane: &Lane, minute: u32) {
        lock(&self.lanes_since).get_or_insert_with(Instant::now);
        if let Some(earlier) = lane.add(minute) {
            let (head, total) = lane_head(lane, earlier);
            self.add(head, &lane.key, total, u64::from(earlier.count));
        }
        self.want_flush(false);
    }

    /// Adds a kick at a point that is texts only, if it is there already.
    #[inline]
    pub(crate) fn add_texts(&self, head: Head, texts: &Texts<'_>, total: i64) -> bool {
        let hash = hash_texts(&self.seed, head, texts);
        match self.shards.own().map.find(hash, head, |key| texts.is(key)) {
            Some(pending) => {
                pending.add(total, 1);
                true
            }
            None => false,
        }
    }

    /// Adds kicks at a point, which may be new: then it must fit in memory.
    pub(crate) fn add(self: &Arc<Self>, head: Head, key: &[u8], total: i64, count: u64) {
        let hash = hash(&self.seed, head, key);
        let mut content = self.shards.own();
        if let Some(pending) = content.map.find(hash, head, |known| known == key) {
            pending.add(total, count);
            return;
        }
        let gathered = self.counters.gathered_bytes.load(Ordering::Relaxed);
        if gathered + Pending::bytes_at(key) > self.options.half() {
            self.counters.dropped.fetch_add(count, Ordering::Relaxed);
            return;
        }
        content.since.get_or_insert_with(Instant::now);
        let order = self.order.fetch_add(1, Ordering::Relaxed);
        let bytes = content.map.add(hash, order, head, key, total, count);
        self.counters.gathered_bytes.fetch_add(bytes, Ordering::Relaxed);
        drop(content);
        self.want_flush(gathered + bytes > self.options.half() / 2);
    }

    /// Sends everything that was kicked before the call, and waits for it.
    ///
    /// Kicks that had to be refused are reported here, once, when all others are sent.
    pub(crate) fn flush(&self) -> Result<()> {
        self.gate.pass(|| self.flush_now())?;
        self.counters.take_refusal().map_or(Ok(()), Err)
    }

    /// Makes the kicks of this process visible to a read that follows.
    pub(crate) fn settle(&self) -> Result<()> {
        let settled = self.has_none_gathered() && lock(&self.outbox).is_empty();
        if settled { Ok(()) } else { self.gate.pass(|| self.flush_now()) }
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
        let mut outbox = lock(&self.outbox);
        let (drained, since) = self.drain();
        if !drained.is_empty() {
            lock(&self.counters.sending_since).get_or_insert_with(|| since.unwrap_or_else(Instant::now));
        }
        let slots = lock(&self.slots).clone();
        for map in drained {
            self.counters.gathered_bytes.fetch_sub(map.bytes(), Ordering::Relaxed);
            let dropped = outbox.absorb(map, self.options.half());
            self.counters.dropped.fetch_add(dropped, Ordering::Relaxed);
        }
        self.counters.outbox_bytes.store(outbox.bytes(), Ordering::Relaxed);
        let sending = Sending {
            store: self.store.as_ref(),
            slots: &slots,
            counters: &self.counters,
            now: self.clock.now(),
            stale: Cell::new(0),
        };
        let sent = outbox.send(&sending);
        self.counters.outbox_bytes.store(outbox.bytes(), Ordering::Relaxed);
        match &sent {
            Ok(()) => self.counters.succeeded(),
            Err(error) => self.counters.failed(error),
        }
        sent
    }

    /// Takes all pending kicks out of shards and lanes, with the time of the oldest; lanes that nobody
    /// holds any more are closed.
    fn drain(&self) -> (Vec<PendingMap>, Option<Instant>) {
        let (mut maps, shards_since) = self.shards.drain();
        let lanes_since = lock(&self.lanes_since).take();
        let mut bound = PendingMap::default();
        lock(&self.lanes).retain(|lane| {
            // Looked at before the kicks are taken: nobody can kick a lane only the list holds.
            let held = Arc::strong_count(lane) > 1;
            fence(Ordering::Acquire);
            if let Some(taken) = lane.take() {
                let (head, total) = lane_head(lane, taken);
                let hash = hash(&self.seed, head, &lane.key);
                let order = self.order.fetch_add(1, Ordering::Relaxed);
                bound.add(hash, order, head, &lane.key, total, u64::from(taken.count));
            }
            held
        });
        if !bound.is_empty() {
            self.counters.gathered_bytes.fetch_add(bound.bytes(), Ordering::Relaxed);
            maps.push(bound);
        }
        (maps, shards_since.into_iter().chain(lanes_since).min())
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn health(&self) -> Health {
        let since = self.shards.since().into_iter().chain(*lock(&self.lanes_since)).min();
        self.counters.health(since)
    }
}

/// Identity and total of kicks that were taken out of a lane.
fn lane_head(lane: &Lane, taken: lane::Taken) -> (Head, i64) {
    let at = At::Instant(i64::from(taken.minute) * 60);
    let head = Head { slot: lane.slot, multiplier: lane.multiplier, at };
    // At most 2^32 kicks of at most 10^9.
    (head, i64::from(taken.count) * i64::from(lane.multiplier))
}

pub(crate) fn random_writer() -> Writer {
    use std::hash::{BuildHasher, Hasher};
    let half = || u128::from(std::collections::hash_map::RandomState::new().build_hasher().finish());
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = clock.map_or(0, |since| since.as_nanos()) ^ u128::from(std::process::id()) << 64;
    Writer((half() << 64 | half()) ^ nanos)
}
