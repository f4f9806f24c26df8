//! Waiting for the writes of other processes.
//!
//! SQLite's own wait backs off, up to a tenth of a second, and so loses to writers that come back at
//! once. This one polls steadily; large writers poll less often and leave a pause between their
//! transactions, so that a small one gets in at the next pause.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use staste_core::store::TimeLimit;

use crate::pool::lock;

/// A batch that bumps more cells than this is a large one.
const LARGE: usize = 2_000;
/// How often a small writer asks.
const OFTEN: Duration = Duration::from_micros(500);
/// How often a large writer asks.
const SELDOM: Duration = Duration::from_millis(3);
/// The time between two large transactions of one process.
const PAUSE: Duration = Duration::from_millis(2);

/// Whether the writer of a connection is a large one at the moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct BusyWait(Arc<AtomicBool>);

impl BusyWait {
    /// Says how many cells the next transaction bumps.
    pub(crate) fn expect(&self, cells: usize) {
        self.0.store(cells > LARGE, Ordering::Relaxed);
    }

    /// The handler that SQLite calls while the file is busy.
    pub(crate) fn handler(&self, timeout: Duration) -> impl FnMut(i32) -> bool + Send + use<> {
        let is_large = Arc::clone(&self.0);
        let mut since = Instant::now();
        move |tries| {
            if tries == 0 {
                since = Instant::now();
            } else if since.elapsed() >= timeout || is_out_of_time() {
                return false;
            }
            thread::sleep(if is_large.load(Ordering::Relaxed) { SELDOM } else { OFTEN });
            true
        }
    }
}

/// True when the thread that asks may not wait any longer.
pub(crate) fn is_out_of_time() -> bool {
    TimeLimit::current().is_some_and(|limit| limit.is_over())
}

/// When this process last committed a large transaction.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<Option<Instant>>);

impl Pace {
    /// Lets others in before another large transaction, when the last one was just now. Nothing may
    /// be locked meanwhile.
    pub(crate) fn before(&self, cells: usize) {
        if cells > LARGE {
            let last = *lock(&self.0);
            thread::sleep(last.map_or(Duration::ZERO, |last| pause(last.elapsed())));
        }
    }

    /// Remembers a large transaction that was committed.
    pub(crate) fn after(&self, cells: usize) {
        if cells > LARGE {
            *lock(&self.0) = Some(Instant::now());
        }
    }
}

/// What is left of the pause.
fn pause(elapsed: Duration) -> Duration {
    PAUSE.saturating_sub(elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_left_of_the_pause() {
        assert_eq!(pause(Duration::ZERO), PAUSE);
        assert_eq!(pause(PAUSE / 4), PAUSE * 3 / 4);
        assert_eq!(pause(PAUSE * 2), Duration::ZERO);
    }

    #[test]
    fn only_large_transactions_are_remembered() {
        let pace = Pace::default();
        pace.after(LARGE);
        assert!(pace.0.lock().unwrap().is_none());
        pace.after(LARGE + 1);
        assert!(pace.0.lock().unwrap().is_some());
    }
}
