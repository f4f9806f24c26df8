//! `Recorder`: the state of all pending kicks of a process.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;

use foldhash::fast::RandomState;

use crate::recorder::event_log::EventLog;
use crate::recorder::fast_counter::FastCounter;
use crate::recorder::flush_gate::FlushGate;
use crate::recorder::health::{Health, HealthCounters};
use crate::recorder::health_report::HealthReport;
use crate::recorder::lock::lock;
use crate::recorder::memory_limit::MemoryWaiters;
use crate::recorder::metrica_state::MetricaState;
use crate::recorder::options::RecorderOptions;
use crate::recorder::outbox::Outbox;
use crate::recorder::shards::Shards;
use crate::schema::MetricaSpec;
use crate::store::{Store, Writer};
use crate::time::Clock;

/// The pending kicks of a process and everything that moves them to one Store.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Clock,
    pub(super) options: RecorderOptions,
    pub(super) seed: RandomState,
    /// Numbers new points, so that the Store registers choices in the order of their first kick.
    pub(super) order: AtomicU64,
    pub(super) shards: Shards,
    pub(super) fast_counters: Mutex<Vec<Arc<FastCounter>>>,
    /// When the oldest kick in the fast counters was recorded.
    pub(super) fast_counters_since: Mutex<Option<Instant>>,
    /// The metricas in the order of their index.
    pub(super) states: Mutex<Vec<Arc<MetricaState>>>,
    pub(super) flush_gate: FlushGate,
    pub(super) outbox: Mutex<Outbox>,
    pub(super) memory_waiters: MemoryWaiters,
    pub(super) counters: HealthCounters,
    pub(super) event_log: EventLog,
    /// The last health report of this process in the Store, and when it was written.
    pub(super) last_report: Mutex<Option<(HealthReport, Instant)>>,
    pub(super) writer: Writer,
    pub(super) thread: Mutex<FlushThread>,
    pub(super) thread_started: AtomicBool,
    pub(super) wake: Condvar,
}

/// The state of the thread that flushes.
#[derive(Debug, Default)]
pub(super) struct FlushThread {
    pub(super) handle: Option<JoinHandle<()>>,
    pub(super) should_stop: bool,
    pub(super) is_urgent: bool,
}

impl Recorder {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Clock, options: RecorderOptions) -> Arc<Recorder> {
        let writer = random_writer();
        Arc::new(Recorder {
            store,
            clock,
            options,
            seed: RandomState::default(),
            order: AtomicU64::new(0),
            shards: Shards::new(),
            fast_counters: Mutex::default(),
            fast_counters_since: Mutex::default(),
            states: Mutex::default(),
            flush_gate: FlushGate::default(),
            outbox: Mutex::new(Outbox::new(writer)),
            memory_waiters: MemoryWaiters::default(),
            counters: HealthCounters::default(),
            event_log: EventLog::default(),
            last_report: Mutex::default(),
            writer,
            thread: Mutex::default(),
            thread_started: AtomicBool::new(false),
            wake: Condvar::new(),
        })
    }

    /// Returns the state of a Metrica in this Recorder, which is created at the first call.
    pub(crate) fn register(&self, spec: &Arc<MetricaSpec>) -> Arc<MetricaState> {
        let mut states = lock(&self.states);
        // Handles with the same specification share one state.
        if let Some(known) = states.iter().find(|state| *state.spec == **spec) {
            return Arc::clone(known);
        }
        let index = u32::try_from(states.len()).unwrap_or(u32::MAX);
        let state = Arc::new(MetricaState::new(index, Arc::clone(spec), self.clock.clone()));
        states.push(Arc::clone(&state));
        state
    }

    /// Creates the fast counter of a bound point.
    pub(crate) fn open_fast_counter(&self, state: &MetricaState, key: &[u8]) -> Arc<FastCounter> {
        let counter = Arc::new(FastCounter::new(state.index, state.multiplier(), key.into()));
        lock(&self.fast_counters).push(Arc::clone(&counter));
        counter
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns the writer as which this process sends batches.
    pub(crate) fn writer(&self) -> Writer {
        self.writer
    }

    pub(crate) fn health(&self) -> Health {
        let since = self.shards.since().into_iter().chain(*lock(&self.fast_counters_since)).min();
        self.counters.health(since)
    }
}

/// Returns a random identity of a writer.
pub(crate) fn random_writer() -> Writer {
    use std::hash::{BuildHasher, Hasher};
    let half = || u128::from(std::collections::hash_map::RandomState::new().build_hasher().finish());
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = clock.map_or(0, |since| since.as_nanos()) ^ u128::from(std::process::id()) << 64;
    Writer((half() << 64 | half()) ^ nanos)
}
