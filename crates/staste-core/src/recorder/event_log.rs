//! `EventLog`: logs when a problem of a Recorder begins and when it ends, once each.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::error::Error;
use crate::recorder::clock_skew::ClockSkew;
use crate::recorder::lock::lock;
use crate::store::Store;

/// The events to be logged, and the problems that were logged already.
#[derive(Debug, Default)]
pub(crate) struct EventLog {
    pending: Mutex<Vec<Event>>,
    has_pending: AtomicBool,
    is_dropping: AtomicBool,
    /// Number of kicks that had been dropped when the current problem began.
    dropped_before: AtomicU64,
    has_waited: AtomicBool,
    has_skew: AtomicBool,
}

#[derive(Debug)]
enum Event {
    Failed(Error),
    Dropping(Option<Error>),
    Recovered { dropped: u64 },
    Waited(Duration),
    ClockSkew(i64),
    ClocksAgree,
}

impl EventLog {
    /// Notes that a flush failed after one that succeeded.
    pub(crate) fn failed(&self, error: &Error) {
        self.push(Event::Failed(error.clone()));
    }

    /// Notes that kicks were dropped, after `before` earlier ones.
    pub(crate) fn dropped(&self, before: u64, cause: Option<Error>) {
        if !self.is_dropping.swap(true, Ordering::Relaxed) {
            self.dropped_before.store(before, Ordering::Relaxed);
            self.push(Event::Dropping(cause));
        }
    }

    /// Notes that the Store took a batch after a number of failures; `dropped` kicks were dropped so far.
    pub(crate) fn recovered(&self, failures: u64, dropped: u64) {
        let was_dropping =
            self.is_dropping.load(Ordering::Relaxed) && self.is_dropping.swap(false, Ordering::Relaxed);
        if was_dropping || failures > 0 {
            let before = if was_dropping { self.dropped_before.load(Ordering::Relaxed) } else { dropped };
            self.push(Event::Recovered { dropped: dropped.saturating_sub(before) });
        }
    }

    /// Notes that a kick waited for memory.
    pub(crate) fn waited(&self, time: Duration) {
        if !self.has_waited.swap(true, Ordering::Relaxed) {
            self.push(Event::Waited(time));
        }
    }

    /// Notes by how many seconds the clock of this machine is ahead of the Store's, negative when it is behind.
    pub(crate) fn skew(&self, seconds: i64) {
        let is_skewed = seconds != 0;
        if self.has_skew.load(Ordering::Relaxed) != is_skewed {
            self.has_skew.store(is_skewed, Ordering::Relaxed);
            self.push(if is_skewed { Event::ClockSkew(seconds) } else { Event::ClocksAgree });
        }
    }

    fn push(&self, event: Event) {
        lock(&self.pending).push(event);
        self.has_pending.store(true, Ordering::Relaxed);
    }

    /// Logs the events that were not logged yet. The caller must not hold a lock, since a logger may kick.
    pub(crate) fn log(&self, store: &dyn Store, bytes: usize) {
        if !self.has_pending.swap(false, Ordering::Relaxed) {
            return;
        }
        let event_log = std::mem::take(&mut *lock(&self.pending));
        let address = store.address();
        for event in event_log {
            match event {
                Event::Failed(error) => {
                    tracing::warn!("{address} does not take kicks, which wait in memory: {error}");
                }
                Event::Dropping(Some(error)) => tracing::error!(
                    "kicks are dropped: the {bytes} bytes for pending kicks are full, and {address} does not take any: {error}"
                ),
                Event::Dropping(None) => tracing::error!(
                    "kicks are dropped: the {bytes} bytes for pending kicks are full, and {address} did not take any in time"
                ),
                Event::Recovered { dropped } => {
                    tracing::warn!("{address} takes kicks again; {dropped} kicks were dropped meanwhile");
                }
                Event::ClockSkew(seconds) => tracing::error!(
                    "the clock of this machine is {} that of {address}: kicks without a date count at its time; set the clock",
                    ClockSkew(seconds)
                ),
                Event::ClocksAgree => {
                    tracing::warn!("the clock of this machine agrees with that of {address} again");
                }
                Event::Waited(time) => tracing::warn!(
                    "a kick waited {} ms for room in memory: {address} takes kicks more slowly than they come; for many at \
                     once use a bulk call, and on an event loop a handle that does not wait",
                    time.as_millis()
                ),
            }
        }
    }
}
