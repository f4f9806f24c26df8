//! The limit on the memory for pending kicks: fair shares of it, and waiting until some is free.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::recorder::lock::lock;

/// A Metrica may use this many times the free memory.
const FREE_MULTIPLE: usize = 4;

/// Returns true when a Metrica that uses `own` of the `used` bytes may use `more`, with `limit` bytes in total.
///
/// A Metrica may use four times the free memory: a single one four fifths of all, two greedy ones four ninths each.
/// Some memory always stays free, so that a backfill cannot block live traffic. These are the dynamic thresholds of
/// shared packet buffers (Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches",
/// 1998).
pub(crate) fn fits_fair_share(own: usize, used: usize, limit: usize, more: usize) -> bool {
    let free = limit.saturating_sub(used);
    more <= free && own + more <= free.saturating_mul(FREE_MULTIPLE)
}

/// The kicks that wait until a flush frees memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryWaiters {
    waiting: AtomicUsize,
    /// Number of times that memory was freed or the Store failed.
    notifications: Mutex<u64>,
    notified: Condvar,
    /// True when a kick waited as long as it may and the Store has acknowledged no batch since.
    is_stalled: AtomicBool,
}

impl MemoryWaiters {
    /// Returns the number of notifications so far. Read it before checking for free memory.
    pub(crate) fn notifications(&self) -> u64 {
        *lock(&self.notifications)
    }

    /// Waits until there are more notifications than `seen`. Returns false when `timeout` has passed first.
    pub(crate) fn wait(&self, seen: u64, timeout: Duration) -> bool {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let (notifications, _) = self
            .notified
            .wait_timeout_while(lock(&self.notifications), timeout, |notifications| *notifications == seen)
            .unwrap_or_else(PoisonError::into_inner);
        let has_changed = *notifications != seen;
        drop(notifications);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        has_changed
    }

    /// Wakes all waiting kicks to check again.
    pub(crate) fn notify(&self) {
        *lock(&self.notifications) += 1;
        self.notified.notify_all();
    }

    /// Returns true when kicks wait.
    pub(crate) fn has_waiters(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Returns true when a kick timed out and no batch was acknowledged since, so that waiting is pointless.
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

    /// Returns the bytes that each of several greedy metricas gets in the end, of 1,000 bytes.
    fn shares(metricas: usize) -> Vec<usize> {
        let mut held = vec![0; metricas];
        let mut grew = true;
        while grew {
            grew = false;
            for at in 0..metricas {
                if fits_fair_share(held[at], held.iter().sum(), 1000, 1) {
                    held[at] += 1;
                    grew = true;
                }
            }
        }
        held
    }

    #[test]
    fn greedy_metricas_get_equal_shares_and_leave_memory_free() {
        for (metricas, share) in [(1, 800), (2, 444), (4, 235), (20, 49)] {
            for held in shares(metricas) {
                assert!((share..=share + 1).contains(&held), "{held} of {metricas}");
            }
        }
        assert!(fits_fair_share(0, 800, 1000, 200));
        assert!(!fits_fair_share(0, 800, 1000, 201));
    }
}
