//! How a connection waits for the writes of other processes.
//!
//! SQLite's own wait backs off, up to a tenth of a second, and so loses to writers that come back at
//! once. This one polls steadily; large writers poll less often and pause after each transaction,
//! so that a small one between them gets in at the next pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A batch that bumps more cells than this is a large one.
const LARGE: usize = 2_000;
/// How often a small writer asks.
const OFTEN: Duration = Duration::from_micros(500);
/// How often a large writer asks.
const SELDOM: Duration = Duration::from_millis(3);
/// How long a large writer pauses after a commit.
const PAUSE: Duration = Duration::from_millis(2);

/// Whether the writer of a connection is a large one at the moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patience(Arc<AtomicBool>);

impl Patience {
    /// Says how many cells the next transaction bumps.
    pub(crate) fn expect(&self, cells: usize) {
        self.0.store(cells > LARGE, Ordering::Relaxed);
    }

    /// Lets others in after a large transaction. Nothing may be locked meanwhile.
    pub(crate) fn pause(cells: usize) {
        if cells > LARGE {
            thread::sleep(PAUSE);
        }
    }

    /// The handler that SQLite calls while the file is busy.
    pub(crate) fn handler(&self, timeout: Duration) -> impl FnMut(i32) -> bool + Send + use<> {
        let is_large = Arc::clone(&self.0);
        let mut since = Instant::now();
        move |tries| {
            if tries == 0 {
                since = Instant::now();
            } else if since.elapsed() >= timeout {
                return false;
            }
            thread::sleep(if is_large.load(Ordering::Relaxed) { SELDOM } else { OFTEN });
            true
        }
    }
}
