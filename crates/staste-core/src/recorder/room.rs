//! Room for kicks in memory: fair shares of it, and waiting for more.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::recorder::shards::lock;

/// A Metrica may hold this many times what is still free.
const SHARE: usize = 4;

/// True when a Metrica that holds `own` of the `used` bytes may hold `more`, of `bound` in all.
///
/// A Metrica may hold four times what is free: one alone four fifths of all, two that want everything four ninths
/// each. Some room is always left, so that a backfill cannot keep live traffic out. These are the dynamic thresholds
/// of shared packet buffers (Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet
/// switches", 1998).
pub(crate) fn fits(own: usize, used: usize, bound: usize, more: usize) -> bool {
    let free = bound.saturating_sub(used);
    more <= free && own + more <= free.saturating_mul(SHARE)
}

/// The room for pending kicks: kicks wait here until a flush has made some.
#[derive(Debug, Default)]
pub(crate) struct Room {
    waiting: AtomicUsize,
    /// Number of times that room was made, or the Store failed.
    changes: Mutex<u64>,
    changed: Condvar,
    /// A kick waited as long as it may, and the Store has confirmed nothing since.
    is_stalled: AtomicBool,
}

impl Room {
    /// Returns the number of changes so far: to be read before looking for room.
    pub(crate) fn changes(&self) -> u64 {
        *lock(&self.changes)
    }

    /// Waits until room was made more often than `seen`. Returns false when it was not within `timeout`.
    pub(crate) fn wait(&self, seen: u64, timeout: Duration) -> bool {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let (changes, _) = self
            .changed
            .wait_timeout_while(lock(&self.changes), timeout, |changes| *changes == seen)
            .unwrap_or_else(PoisonError::into_inner);
        let has_changed = *changes != seen;
        drop(changes);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        has_changed
    }

    /// Lets those who wait look again.
    pub(crate) fn changed(&self) {
        *lock(&self.changes) += 1;
        self.changed.notify_all();
    }

    /// True when kicks wait.
    pub(crate) fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// True when waiting was in vain and nothing was confirmed since: then the next kick need not try.
    pub(crate) fn is_stalled(&self) -> bool {
        self.is_stalled.load(Ordering::Relaxed)
    }

    pub(crate) fn set_stalled(&self, is_stalled: bool) {
        self.is_stalled.store(is_stalled, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each of so many greedy metricas holds in the end, of 1,000 bytes.
    fn shares(metricas: usize) -> Vec<usize> {
        let mut held = vec![0; metricas];
        let mut grew = true;
        while grew {
            grew = false;
            for at in 0..metricas {
                if fits(held[at], held.iter().sum(), 1000, 1) {
                    held[at] += 1;
                    grew = true;
                }
            }
        }
        held
    }

    #[test]
    fn greedy_metricas_share_alike_and_leave_room() {
        for (metricas, share) in [(1, 800), (2, 444), (4, 235), (20, 49)] {
            for held in shares(metricas) {
                assert!((share..=share + 1).contains(&held), "{held} of {metricas}");
            }
        }
        assert!(fits(0, 800, 1000, 200));
        assert!(!fits(0, 800, 1000, 201));
    }
}
