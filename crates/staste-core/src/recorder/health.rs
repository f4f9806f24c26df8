//! What the Recorder reports of itself: what waits, and what was lost and why.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::recorder::shards::lock;
use crate::store::Applied;

/// The state of a Recorder. The numbers of kicks only grow during the life of a process.
///
/// ```
/// use staste::{MemoryStore, Staste, choices};
/// let staste = Staste::new(MemoryStore::new());
/// let guests = staste.metrica("guests").build()?;
/// guests.kick(choices! {})?;
/// assert!(staste.health().pending_bytes > 0);
/// staste.flush()?;
/// let health = staste.health();
/// assert_eq!((health.committed, health.pending_bytes), (1, 0));
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Health {
    /// Bytes of kicks that wait in memory.
    pub pending_bytes: usize,
    /// How long the oldest kick that is not committed has waited; none when none waits.
    pub pending_age: Option<Duration>,
    /// Kicks committed to the Store.
    pub committed: u64,
    /// Kicks dropped because the memory for pending ones was full while the Store failed, or had taken nothing for as
    /// long as a kick may wait.
    pub dropped: u64,
    /// Kicks that waited for room in memory while the Store took batches. Many of them mean that a bulk call, a longer
    /// flush interval or more memory would do better.
    pub waited: u64,
    /// Kicks dropped because the Store remembers another definition, or their local date turned out
    /// impossible in its zone.
    pub refused: u64,
    /// Kicks left out because a cell would have overflowed.
    pub overflowed: u64,
    /// Kicks counted as *other* on some axis because a cap was reached.
    pub folded: u64,
    /// Kicks of batches that stayed in doubt for too long to be sent again.
    pub in_doubt: u64,
    /// Kicks of the last minute that the Store confirmed and does not have any more: its server lost them, as
    /// when a replica takes over that had not received them. Known with the next flush of their Metrica.
    pub lost: u64,
    /// By how many seconds the clock of this process is ahead of the Store's, or behind where negative, as the last
    /// batch found; 0 where they agree. Nothing expires by a clock that is more than 26 hours ahead, but kicks without
    /// a date count when it says.
    pub clock_skew: i64,
    /// Flushes that failed since the last one that succeeded.
    pub failures: u64,
    /// Why the last flush failed; none after one that succeeded.
    pub last_error: Option<Error>,
    /// Why kicks were refused last.
    pub last_refusal: Option<Error>,
}

/// The live counters behind [`Health`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Bytes in the shards, and in the outbox.
    pub(crate) gathered_bytes: AtomicUsize,
    pub(crate) outbox_bytes: AtomicUsize,
    pub(crate) committed: AtomicU64,
    pub(crate) dropped: AtomicU64,
    /// Those of them that were reported to a caller.
    dropped_reported: AtomicU64,
    pub(crate) waited: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) overflowed: AtomicU64,
    pub(crate) folded: AtomicU64,
    pub(crate) in_doubt: AtomicU64,
    pub(crate) lost: AtomicU64,
    /// Since when something waits in the outbox.
    pub(crate) sending_since: Mutex<Option<Instant>>,
    clock_skew: AtomicI64,
    failures: AtomicU64,
    last_error: Mutex<Option<Error>>,
    /// The same, which a flush that succeeds does not clear.
    last_failure: Mutex<Option<Error>>,
    /// Why kicks were refused, and whether nobody was told yet.
    last_refusal: Mutex<(Option<Error>, bool)>,
}

impl Counters {
    pub(crate) fn refused_for(&self, error: &Error) {
        *lock(&self.last_refusal) = (Some(error.clone()), true);
    }

    /// Why kicks were refused, when nobody was told yet.
    pub(crate) fn take_refusal(&self) -> Option<Error> {
        let mut refusal = lock(&self.last_refusal);
        if std::mem::take(&mut refusal.1) { refusal.0.clone() } else { None }
    }

    /// Counts the kicks of a batch as what became of them. Returns those that are committed.
    pub(crate) fn applied(&self, kicks: u64, applied: &Applied) -> u64 {
        let committed = kicks.saturating_sub(applied.overflowed);
        self.overflowed.fetch_add(applied.overflowed, Ordering::Relaxed);
        self.folded.fetch_add(applied.folded, Ordering::Relaxed);
        self.committed.fetch_add(committed, Ordering::Relaxed);
        if let Some(clock) = applied.clock {
            self.clock_skew.store(clock.skew, Ordering::Relaxed);
        }
        committed
    }

    /// Returns the kicks that were dropped since some were last reported to a caller.
    pub(crate) fn take_dropped(&self) -> u64 {
        let dropped = self.dropped.load(Ordering::Relaxed);
        dropped - self.dropped_reported.swap(dropped, Ordering::Relaxed).min(dropped)
    }

    /// Notes that the Store took a batch, or had nothing to take; returns the failures before.
    pub(crate) fn succeeded(&self) -> u64 {
        let failures = self.failures.swap(0, Ordering::Relaxed);
        if failures > 0 {
            *lock(&self.last_error) = None;
        }
        failures
    }

    /// Notes that a flush failed; returns the failures before.
    pub(crate) fn failed(&self, error: &Error) -> u64 {
        *lock(&self.last_error) = Some(error.clone());
        *lock(&self.last_failure) = Some(error.clone());
        self.failures.fetch_add(1, Ordering::Relaxed)
    }

    /// Why the last flush failed.
    pub(crate) fn last_error(&self) -> Option<Error> {
        lock(&self.last_error).clone()
    }

    /// By how many seconds the clock here is ahead of the Store's.
    pub(crate) fn clock_skew(&self) -> i64 {
        self.clock_skew.load(Ordering::Relaxed)
    }

    /// Why a flush failed, or kicks were refused, last, also where that is over.
    pub(crate) fn last_cause(&self) -> Option<Error> {
        lock(&self.last_failure).clone().or_else(|| lock(&self.last_refusal).0.clone())
    }

    /// True when anything was lost, or the clock is off.
    pub(crate) fn has_trouble(&self) -> bool {
        let lost = [&self.dropped, &self.refused, &self.overflowed, &self.folded, &self.in_doubt, &self.lost];
        lost.iter().any(|counter| counter.load(Ordering::Relaxed) > 0) || self.clock_skew() != 0
    }

    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    pub(crate) fn health(&self, gathered_since: Option<Instant>) -> Health {
        let since = gathered_since.into_iter().chain(*lock(&self.sending_since)).min();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Health {
            pending_bytes: self.gathered_bytes.load(Ordering::Relaxed)
                + self.outbox_bytes.load(Ordering::Relaxed),
            pending_age: since.map(|since| since.elapsed()),
            committed: read(&self.committed),
            dropped: read(&self.dropped),
            waited: read(&self.waited),
            refused: read(&self.refused),
            overflowed: read(&self.overflowed),
            folded: read(&self.folded),
            in_doubt: read(&self.in_doubt),
            lost: read(&self.lost),
            clock_skew: self.clock_skew(),
            failures: read(&self.failures),
            last_error: lock(&self.last_error).clone(),
            last_refusal: lock(&self.last_refusal).0.clone(),
        }
    }
}
