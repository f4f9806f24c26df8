//! `Health`: the state of a Recorder: pending kicks, lost kicks and errors.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::recorder::lock::lock;
use crate::store::Applied;

/// The state of a Recorder. Numbers of kicks only grow during the life of a process.
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
    /// Bytes of pending kicks in memory.
    pub pending_bytes: usize,
    /// Age of the oldest pending kick; none when there is none.
    pub pending_age: Option<Duration>,
    /// Number of kicks committed to the Store.
    pub committed: u64,
    /// Number of kicks dropped because the memory for pending kicks was full while the Store failed, or had taken no
    /// batch for as long as a kick may wait.
    pub dropped: u64,
    /// Number of kicks that waited for memory while the Store took batches. If there are many, use a bulk call, a
    /// longer flush interval or more memory.
    pub waited: u64,
    /// Number of kicks dropped because the stored definition differs, or their local date does not exist in its zone.
    pub refused: u64,
    /// Number of kicks left out because a cell would have overflowed.
    pub overflowed: u64,
    /// Number of kicks counted as *other* on some axis because a cap or the point limit was reached.
    pub folded: u64,
    /// Number of kicks of batches that were in doubt for too long to be sent again.
    pub in_doubt: u64,
    /// Number of kicks of the last minute that the Store acknowledged and lost, as when a replica takes over that had
    /// not received them. Detected by the next flush of their Metrica.
    pub lost: u64,
    /// Seconds by which the clock of this process is ahead of the Store's, negative when it is behind, as of the last
    /// batch; 0 when they agree. Nothing expires by a clock that is more than 26 hours ahead, but kicks without a date
    /// are counted at its time.
    pub clock_skew: i64,
    /// Number of failed flushes since the last one that succeeded.
    pub failures: u64,
    /// The error of the last flush; none when it succeeded.
    pub last_error: Option<Error>,
    /// The error for which kicks were refused last.
    pub last_refusal: Option<Error>,
}

/// The live values of [`Health`].
#[derive(Debug, Default)]
pub(crate) struct HealthCounters {
    /// Bytes in the shards, and in the outbox.
    pub(crate) shard_bytes: AtomicUsize,
    pub(crate) outbox_bytes: AtomicUsize,
    pub(crate) committed: AtomicU64,
    pub(crate) dropped: AtomicU64,
    /// The dropped kicks that were reported to a caller.
    dropped_reported: AtomicU64,
    pub(crate) waited: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) overflowed: AtomicU64,
    pub(crate) folded: AtomicU64,
    pub(crate) in_doubt: AtomicU64,
    pub(crate) lost: AtomicU64,
    /// When the oldest kick in the outbox was recorded.
    pub(crate) sending_since: Mutex<Option<Instant>>,
    clock_skew: AtomicI64,
    failures: AtomicU64,
    last_error: Mutex<Option<Error>>,
    /// The same, but not cleared by a flush that succeeds.
    last_failure: Mutex<Option<Error>>,
    /// The last error for which kicks were refused, and whether it is still to be returned to a caller.
    last_refusal: Mutex<(Option<Error>, bool)>,
}

impl HealthCounters {
    pub(crate) fn note_refusal(&self, error: &Error) {
        *lock(&self.last_refusal) = (Some(error.clone()), true);
    }

    /// Returns the error for which kicks were refused, if it was not returned to a caller before.
    pub(crate) fn take_refusal(&self) -> Option<Error> {
        let mut refusal = lock(&self.last_refusal);
        if std::mem::take(&mut refusal.1) { refusal.0.clone() } else { None }
    }

    /// Counts the kicks of a batch by its outcome. Returns the number of committed kicks.
    pub(crate) fn note_applied(&self, kicks: u64, applied: &Applied) -> u64 {
        let committed = kicks.saturating_sub(applied.overflowed);
        self.overflowed.fetch_add(applied.overflowed, Ordering::Relaxed);
        self.folded.fetch_add(applied.folded, Ordering::Relaxed);
        self.committed.fetch_add(committed, Ordering::Relaxed);
        if let Some(clock) = applied.clock {
            self.clock_skew.store(clock.skew, Ordering::Relaxed);
        }
        committed
    }

    /// Returns the number of kicks that were dropped since the last report to a caller.
    pub(crate) fn take_dropped(&self) -> u64 {
        let dropped = self.dropped.load(Ordering::Relaxed);
        dropped - self.dropped_reported.swap(dropped, Ordering::Relaxed).min(dropped)
    }

    /// Notes that a flush succeeded; returns the number of failures before.
    pub(crate) fn note_success(&self) -> u64 {
        let failures = self.failures.swap(0, Ordering::Relaxed);
        if failures > 0 {
            *lock(&self.last_error) = None;
        }
        failures
    }

    /// Notes that a flush failed; returns the number of failures before.
    pub(crate) fn note_failure(&self, error: &Error) -> u64 {
        *lock(&self.last_error) = Some(error.clone());
        *lock(&self.last_failure) = Some(error.clone());
        self.failures.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns the error of the last flush; none when it succeeded.
    pub(crate) fn last_error(&self) -> Option<Error> {
        lock(&self.last_error).clone()
    }

    /// Returns the seconds by which the clock of this process is ahead of the Store's.
    pub(crate) fn clock_skew(&self) -> i64 {
        self.clock_skew.load(Ordering::Relaxed)
    }

    /// Returns the last error of a flush or a refusal, even if later flushes succeeded.
    pub(crate) fn last_cause(&self) -> Option<Error> {
        lock(&self.last_failure).clone().or_else(|| lock(&self.last_refusal).0.clone())
    }

    /// Returns true when kicks were lost or folded, or the clocks differ.
    pub(crate) fn has_trouble(&self) -> bool {
        let lost = [&self.dropped, &self.refused, &self.overflowed, &self.folded, &self.in_doubt, &self.lost];
        lost.iter().any(|counter| counter.load(Ordering::Relaxed) > 0) || self.clock_skew() != 0
    }

    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    pub(crate) fn health(&self, shards_since: Option<Instant>) -> Health {
        let since = shards_since.into_iter().chain(*lock(&self.sending_since)).min();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Health {
            pending_bytes: self.shard_bytes.load(Ordering::Relaxed)
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
