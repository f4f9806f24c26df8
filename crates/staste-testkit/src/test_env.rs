//! The environment of one test: a location for data, a clock that the test sets, and any number of processes.

use std::sync::Arc;

use staste_core::store::{Batch, Store, Writer};
use staste_core::{Clock, RecorderOptions, Staste};

use crate::store_location::{Factory, StoreLocation};
use crate::wrappers::{CallCounts, CapabilityLimits, CountingStore, Faults, FaultyStore, LimitedStore};

/// The time in a new environment: 2023-11-14 22:13:20 UTC.
pub const NOW: i64 = 1_700_000_000;

const DAY: i64 = 86_400;

/// Advances a clock in steps of at most a day and writes to the Store after each, so that the Store accepts the new
/// time.
pub fn advance_clock(store: &dyn Store, clock: &Clock, seconds: i64) {
    let mut left = seconds;
    while left > DAY {
        clock.set(clock.now() + DAY);
        apply_empty_batch(store, clock.now());
        left -= DAY;
    }
    clock.set(clock.now() + left);
    apply_empty_batch(store, clock.now());
}

/// Applies a batch without kicks, from which a Store without a clock of its own learns the time. A Store that takes
/// only batches of one Metrica has a server with a clock.
fn apply_empty_batch(store: &dyn Store, now: i64) {
    if !store.capabilities().one_metrica_per_batch {
        let sequence = u64::try_from(now).unwrap();
        let batch = Batch { writer: Writer(1), sequence, claims: Vec::new(), parts: Vec::new(), now };
        store.apply(&batch).unwrap();
    }
}

/// The environment of one test.
#[derive(Debug)]
pub struct TestEnv {
    location: StoreLocation,
    /// The clock of all its processes.
    pub clock: Clock,
}

/// A process as a test simulates it: a handle of its own on a Store whose faults are scheduled and whose calls are
/// counted.
#[derive(Debug)]
pub struct TestProcess {
    /// The handle.
    pub staste: Staste,
    /// The faults of its Store.
    pub faults: Faults,
    /// The calls of its Store.
    pub counts: CallCounts,
}

impl TestEnv {
    /// Creates an environment on a new location, at [`NOW`].
    pub fn new(factory: Factory<'_>) -> TestEnv {
        TestEnv { location: factory(), clock: Clock::fixed(NOW) }
    }

    /// Creates an environment at the current time, which a server with a clock of its own agrees with.
    pub fn at_current_time(factory: Factory<'_>) -> TestEnv {
        TestEnv { location: factory(), clock: Clock::fixed(Clock::default().now()) }
    }

    /// Returns recorder options without a flush thread: only queries, `flush` and `close` flush.
    pub fn options() -> RecorderOptions {
        RecorderOptions::default().flush_every(None)
    }

    /// Opens another Store on the data.
    pub fn open_store(&self) -> Arc<dyn Store> {
        self.location.open()
    }

    /// Opens another handle.
    pub fn staste(&self) -> Staste {
        self.staste_with_clock(&self.clock)
    }

    /// Opens another handle, with a clock of its own.
    pub fn staste_with_clock(&self, clock: &Clock) -> Staste {
        Staste::with(self.location.open(), clock.clone(), TestEnv::options())
    }

    /// Starts another process.
    pub fn process(&self) -> TestProcess {
        self.process_with(TestEnv::options(), CapabilityLimits::default())
    }

    /// Starts another process, with recorder options and limits to the Store's capabilities.
    pub fn process_with(&self, options: RecorderOptions, limits: CapabilityLimits) -> TestProcess {
        let (faults, counts) = (Faults::default(), CallCounts::default());
        let limited = Arc::new(LimitedStore::new(limits, self.location.open()));
        let counting = Arc::new(CountingStore::new(counts.clone(), limited));
        let faulty = Arc::new(FaultyStore::new(faults.clone(), counting));
        let staste = Staste::with(faulty, self.clock.clone(), options);
        TestProcess { staste, faults, counts }
    }

    /// Advances the clock, as [`advance_clock`] does.
    pub fn advance(&self, seconds: i64) {
        advance_clock(&*self.open_store(), &self.clock, seconds);
    }
}
