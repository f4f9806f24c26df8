//! Waiting while another process writes.
//!
//! SQLite's own wait backs off to as much as a tenth of a second, and therefore loses to writers that return at once.
//! This one polls at a fixed interval. Large writers poll less often and pause between their transactions, so that a
//! small writer gets the lock at the next pause.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use staste_core::store::TimeLimit;

use crate::lock::lock;

/// A transaction that adds to more cells than this is large.
const LARGE_TRANSACTION: usize = 2_000;
/// The interval at which a small writer polls.
const SMALL_WRITER_INTERVAL: Duration = Duration::from_micros(500);
/// The interval at which a large writer polls.
const LARGE_WRITER_INTERVAL: Duration = Duration::from_millis(3);
/// The minimum time between two large transactions of one process.
const PAUSE: Duration = Duration::from_millis(2);

/// How the writer of a connection polls: true while its transaction is a large one.
#[derive(Clone, Debug, Default)]
pub(crate) struct BusyWait(Arc<AtomicBool>);

impl BusyWait {
    /// Sets the number of cells that the next transaction adds to.
    pub(crate) fn set_transaction_size(&self, cells: usize) {
        self.0.store(cells > LARGE_TRANSACTION, Ordering::Relaxed);
    }

    /// Returns the handler that SQLite calls while the file is locked.
    pub(crate) fn handler(&self, timeout: Duration) -> impl FnMut(i32) -> bool + Send + use<> {
        let is_large = Arc::clone(&self.0);
        let mut since = Instant::now();
        move |tries| {
            if tries == 0 {
                since = Instant::now();
            } else if since.elapsed() >= timeout || is_out_of_time() {
                return false;
            }
            thread::sleep(if is_large.load(Ordering::Relaxed) {
                LARGE_WRITER_INTERVAL
            } else {
                SMALL_WRITER_INTERVAL
            });
            true
        }
    }
}

/// Returns true if the time limit of this thread is over.
pub(crate) fn is_out_of_time() -> bool {
    TimeLimit::current().is_some_and(|limit| limit.is_over())
}

/// The pauses between the large transactions of this process; holds the time of the last commit of one.
#[derive(Debug, Default)]
pub(crate) struct WriterPause(Mutex<Option<Instant>>);

impl WriterPause {
    /// Before a large transaction, waits for the rest of the pause since the last one. The caller must not hold a lock.
    pub(crate) fn wait_before(&self, cells: usize) {
        if cells > LARGE_TRANSACTION {
            let last = *lock(&self.0);
            thread::sleep(last.map_or(Duration::ZERO, |last| remaining_pause(last.elapsed())));
        }
    }

    /// Remembers the commit of a large transaction.
    pub(crate) fn record_commit(&self, cells: usize) {
        if cells > LARGE_TRANSACTION {
            *lock(&self.0) = Some(Instant::now());
        }
    }
}

/// Returns the rest of the pause.
fn remaining_pause(elapsed: Duration) -> Duration {
    PAUSE.saturating_sub(elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remaining_pause_is_the_pause_minus_elapsed_time() {
        assert_eq!(remaining_pause(Duration::ZERO), PAUSE);
        assert_eq!(remaining_pause(PAUSE / 4), PAUSE * 3 / 4);
        assert_eq!(remaining_pause(PAUSE * 2), Duration::ZERO);
    }

    #[test]
    fn only_large_transactions_are_recorded() {
        let pause = WriterPause::default();
        pause.record_commit(LARGE_TRANSACTION);
        assert!(pause.0.lock().unwrap().is_none());
        pause.record_commit(LARGE_TRANSACTION + 1);
        assert!(pause.0.lock().unwrap().is_some());
    }
}
