//! The Recorder: merges kicks in memory and flushes them to the Store.

mod backlog;
mod draft;
mod encoder;
mod entry_queue;
mod fast_counter;
mod flush;
mod flush_gate;
mod health;
mod health_report;
pub(crate) mod identity;
mod metrica_state;
mod notices;
mod options;
mod outbox;
mod part_builder;
mod pending;
mod pending_map;
mod recent_acks;
mod record;
mod reporting;
mod room;
mod sender;
mod shards;
mod skew;
mod thread;
mod trouble;

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use foldhash::fast::RandomState;

pub(crate) use encoder::Encoder;
pub(crate) use fast_counter::FastCounter;
use flush_gate::Gate;
use health::Counters;
pub use health::Health;
pub use health_report::{HEALTH_DAYS, HealthReport};
pub(crate) use identity::{NO_DIGITS, Texts};
pub(crate) use metrica_state::MetricaState;
use notices::Notices;
pub use options::RecorderOptions;
use outbox::Outbox;
pub(crate) use part_builder::PartBuilder;
pub(crate) use pending::{At, Head, Pending, hash, hash_texts};
pub(crate) use pending_map::PendingMap;
pub(crate) use record::NoRoom;
use reporting::Reported;
use room::Room;
pub(crate) use sender::{Sender, Sent};
use shards::{Shards, lock};
pub use skew::ClockSkew;
pub use trouble::{Trouble, TroubleKind};

use crate::schema::MetricaSpec;
use crate::store::{Store, Writer};
use crate::time::Clock;

/// One process' kicks on their way to one Store.
#[derive(Debug)]
pub(crate) struct Recorder {
    store: Arc<dyn Store>,
    clock: Clock,
    options: RecorderOptions,
    seed: RandomState,
    /// Numbers new points, so that choices are remembered in the order of their first kick.
    order: AtomicU64,
    shards: Shards,
    lanes: Mutex<Vec<Arc<FastCounter>>>,
    /// Since when a lane holds kicks.
    lanes_since: Mutex<Option<Instant>>,
    slots: Mutex<Vec<Arc<MetricaState>>>,
    gate: Gate,
    outbox: Mutex<Outbox>,
    room: Room,
    counters: Counters,
    notices: Notices,
    reported: Reported,
    writer: Writer,
    thread: Mutex<thread::State>,
    thread_started: AtomicBool,
    wake: Condvar,
}

impl Recorder {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Clock, options: RecorderOptions) -> Arc<Recorder> {
        let writer = random_writer();
        Arc::new(Recorder {
            writer,
            reported: Reported::default(),
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
            outbox: Mutex::new(Outbox::new(writer)),
            room: Room::default(),
            counters: Counters::default(),
            notices: Notices::default(),
            thread: Mutex::default(),
            thread_started: AtomicBool::new(false),
            wake: Condvar::new(),
        })
    }

    /// Gives a Metrica its slot.
    pub(crate) fn register(&self, asked: &Arc<MetricaSpec>) -> Arc<MetricaState> {
        let mut slots = lock(&self.slots);
        // Handles that ask for the same share one, however many are made.
        if let Some(known) = slots.iter().find(|slot| *slot.asked == **asked) {
            return Arc::clone(known);
        }
        let slot =
            Arc::new(MetricaState::new(u32::try_from(slots.len()).unwrap_or(u32::MAX), Arc::clone(asked)));
        slots.push(Arc::clone(&slot));
        slot
    }

    /// Gives a bound point its lane.
    pub(crate) fn open_lane(&self, slot: &MetricaState, key: &[u8]) -> Arc<FastCounter> {
        let lane = Arc::new(FastCounter::new(slot.index, slot.multiplier(), key.into()));
        lock(&self.lanes).push(Arc::clone(&lane));
        lane
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn health(&self) -> Health {
        let since = self.shards.since().into_iter().chain(*lock(&self.lanes_since)).min();
        self.counters.health(since)
    }
}

pub(crate) fn random_writer() -> Writer {
    use std::hash::{BuildHasher, Hasher};
    let half = || u128::from(std::collections::hash_map::RandomState::new().build_hasher().finish());
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = clock.map_or(0, |since| since.as_nanos()) ^ u128::from(std::process::id()) << 64;
    Writer((half() << 64 | half()) ^ nanos)
}
