//! The log of a Recorder: the beginning and the end of trouble, once each.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::error::Error;
use crate::recorder::shards::lock;
use crate::recorder::skew::ClockSkew;
use crate::store::Store;

/// Events that were not logged yet, and those that need not be logged again.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    pending: Mutex<Vec<Notice>>,
    has_pending: AtomicBool,
    is_dropping: AtomicBool,
    /// The kicks that had been dropped when the current trouble began.
    dropped_before: AtomicU64,
    has_waited: AtomicBool,
    has_skew: AtomicBool,
}

#[derive(Debug)]
enum Notice {
    Failed(Error),
    Dropping(Option<Error>),
    Recovered { dropped: u64 },
    Waited(Duration),
    ClockSkew(i64),
    ClocksAgree,
}

impl Notices {
    /// A flush failed, which the one before did not.
    pub(crate) fn failed(&self, error: &Error) {
        self.push(Notice::Failed(error.clone()));
    }

    /// Kicks were dropped; `before` were dropped earlier.
    pub(crate) fn dropped(&self, before: u64, cause: Option<Error>) {
        if !self.is_dropping.swap(true, Ordering::Relaxed) {
            self.dropped_before.store(before, Ordering::Relaxed);
            self.push(Notice::Dropping(cause));
        }
    }

    /// The Store took a batch after so many failures; `dropped` kicks were dropped so far.
    pub(crate) fn recovered(&self, failures: u64, dropped: u64) {
        let was_dropping =
            self.is_dropping.load(Ordering::Relaxed) && self.is_dropping.swap(false, Ordering::Relaxed);
        if was_dropping || failures > 0 {
            let before = if was_dropping { self.dropped_before.load(Ordering::Relaxed) } else { dropped };
            self.push(Notice::Recovered { dropped: dropped.saturating_sub(before) });
        }
    }

    /// A kick waited for room.
    pub(crate) fn waited(&self, time: Duration) {
        if !self.has_waited.swap(true, Ordering::Relaxed) {
            self.push(Notice::Waited(time));
        }
    }

    /// The clock here is so many seconds ahead of that of the Store, or behind; 0: it is not.
    pub(crate) fn skew(&self, seconds: i64) {
        let is_skewed = seconds != 0;
        if self.has_skew.load(Ordering::Relaxed) != is_skewed {
            self.has_skew.store(is_skewed, Ordering::Relaxed);
            self.push(if is_skewed { Notice::ClockSkew(seconds) } else { Notice::ClocksAgree });
        }
    }

    fn push(&self, notice: Notice) {
        lock(&self.pending).push(notice);
        self.has_pending.store(true, Ordering::Relaxed);
    }

    /// Logs what was not logged yet. No lock may be held: a logger may do anything, even kick.
    pub(crate) fn log(&self, store: &dyn Store, bytes: usize) {
        if !self.has_pending.swap(false, Ordering::Relaxed) {
            return;
        }
        let notices = std::mem::take(&mut *lock(&self.pending));
        let address = store.address();
        for notice in notices {
            match notice {
                Notice::Failed(error) => {
                    tracing::warn!("{address} does not take kicks, which wait in memory: {error}");
                }
                Notice::Dropping(Some(error)) => tracing::error!(
                    "kicks are dropped: the {bytes} bytes for pending kicks are full, and {address} does not take any: {error}"
                ),
                Notice::Dropping(None) => tracing::error!(
                    "kicks are dropped: the {bytes} bytes for pending kicks are full, and {address} did not take any in time"
                ),
                Notice::Recovered { dropped } => {
                    tracing::warn!("{address} takes kicks again; {dropped} kicks were dropped meanwhile");
                }
                Notice::ClockSkew(seconds) => tracing::error!(
                    "the clock of this machine is {} that of {address}: kicks without a date count at its time; set the clock",
                    ClockSkew(seconds)
                ),
                Notice::ClocksAgree => {
                    tracing::warn!("the clock of this machine agrees with that of {address} again");
                }
                Notice::Waited(time) => tracing::warn!(
                    "a kick waited {} ms for room in memory: {address} takes kicks more slowly than they come; for many at \
                     once use a bulk call, and on an event loop a handle that does not wait",
                    time.as_millis()
                ),
            }
        }
    }
}
