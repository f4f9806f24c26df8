//! A lab: one place, one clock that stands still, and processes that count there.

use std::sync::Arc;

use staste_core::store::{Batch, Store, Writer};
use staste_core::{Clock, RecorderOptions, Staste};

use crate::{CountingStore, Counts, Factory, Faults, FaultyStore, LimitedStore, Limits, Place};

/// The time in a fresh lab: 2023-11-14 22:13:20 UTC.
pub const NOW: i64 = 1_700_000_000;

const DAY: i64 = 86_400;

/// Lets time pass, as for a Store that is written to every day: it believes the clock afterwards.
pub fn pass(store: &dyn Store, clock: &Clock, seconds: i64) {
    let mut left = seconds;
    while left > DAY {
        clock.set(clock.now() + DAY);
        beat(store, clock.now());
        left -= DAY;
    }
    clock.set(clock.now() + left);
    beat(store, clock.now());
}

/// Writes a batch without kicks, by which a Store without a clock of its own learns the time. One that takes only batches of
/// one Metrica has a server with a clock.
fn beat(store: &dyn Store, now: i64) {
    if !store.capabilities().one_metrica_per_batch {
        let sequence = u64::try_from(now).unwrap();
        let batch = Batch { writer: Writer(1), sequence, claims: Vec::new(), parts: Vec::new(), now };
        store.apply(&batch).unwrap();
    }
}

/// Where a test works.
#[derive(Debug)]
pub struct Lab {
    place: Place,
    /// The clock of all its processes.
    pub clock: Clock,
}

/// One process at work: a handle of its own with faults and counts in front of the Store.
#[derive(Debug)]
pub struct Process {
    /// The handle.
    pub staste: Staste,
    /// What is to go wrong.
    pub faults: Faults,
    /// What was asked of the Store.
    pub counts: Counts,
}

impl Lab {
    /// A lab on a fresh place, at [`NOW`].
    pub fn new(factory: Factory<'_>) -> Lab {
        Lab { place: factory(), clock: Clock::fixed(NOW) }
    }

    /// A lab at the present: that of the clock of the process, which a server shares.
    pub fn at_present(factory: Factory<'_>) -> Lab {
        Lab { place: factory(), clock: Clock::fixed(Clock::default().now()) }
    }

    /// A handle with a clock of its own.
    pub fn staste_at(&self, clock: &Clock) -> Staste {
        Staste::with(self.place.open(), clock.clone(), Lab::options())
    }

    /// A Store handle of its own on the data.
    pub fn open(&self) -> Arc<dyn Store> {
        self.place.open()
    }

    /// Options without a flushing thread: only reads, `flush` and `close` flush.
    pub fn options() -> RecorderOptions {
        RecorderOptions::default().flush_every(None)
    }

    /// Another process.
    pub fn process(&self) -> Process {
        self.process_with(Lab::options(), Limits::default())
    }

    /// Another process, with its own options and limits to the Store's capabilities.
    pub fn process_with(&self, options: RecorderOptions, limits: Limits) -> Process {
        let (faults, counts) = (Faults::default(), Counts::default());
        let limited = Arc::new(LimitedStore::new(limits, self.place.open()));
        let counting = Arc::new(CountingStore::new(counts.clone(), limited));
        let faulty = Arc::new(FaultyStore::new(faults.clone(), counting));
        let staste = Staste::with(faulty, self.clock.clone(), options);
        Process { staste, faults, counts }
    }

    /// Just a handle.
    pub fn staste(&self) -> Staste {
        Staste::with(self.place.open(), self.clock.clone(), Lab::options())
    }

    /// Lets time pass, as for a Store that is written to every day: it believes the clock afterwards.
    pub fn pass(&self, seconds: i64) {
        pass(&*self.open(), &self.clock, seconds);
    }
}
