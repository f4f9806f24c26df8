//! The flush thread: started by the first pending kick, stopped when the last handle is dropped.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};
use std::thread::Builder;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::recorder::lock::lock;
use crate::recorder::recorder_core::Recorder;

/// Minimum pause after a failure, for any interval.
const MIN_PAUSE: Duration = Duration::from_millis(1);
/// Maximum pause between two attempts while the Store is down.
const MAX_PAUSE: Duration = Duration::from_secs(30);

impl Recorder {
    /// Requests a flush within the interval, or at once when it is urgent. Returns false when there is no thread.
    pub(super) fn request_flush(self: &Arc<Self>, is_urgent: bool) -> bool {
        let started = self.thread_started.load(Ordering::Relaxed);
        if started && !is_urgent {
            return true;
        }
        let Some(interval) = self.options.flush_interval else { return false };
        let mut state = lock(&self.thread);
        if is_urgent && !state.is_urgent {
            state.is_urgent = true;
            self.wake.notify_all();
        }
        if state.handle.is_none() && !state.should_stop {
            // Without a thread, queries and `flush` still flush; the next new point retries.
            let recorder = Arc::downgrade(self);
            let spawned =
                Builder::new().name("staste-flush".to_owned()).spawn(move || run(&recorder, interval));
            state.handle = spawned.ok();
            self.thread_started.store(state.handle.is_some(), Ordering::Relaxed);
        }
        state.handle.is_some()
    }

    /// Stops the thread and flushes all pending kicks.
    pub(crate) fn close(&self) -> Result<()> {
        let handle = {
            let mut state = lock(&self.thread);
            state.should_stop = true;
            self.wake.notify_all();
            state.handle.take()
        };
        if let Some(handle) = handle
            && handle.thread().id() != std::thread::current().id()
        {
            // A panic of the thread was reported by its own message.
            let _ = handle.join();
        }
        self.flush_pending()?;
        self.report_health(true);
        self.report_losses()
    }

    /// Returns true while the thread runs.
    pub(super) fn has_thread(&self) -> bool {
        let state = lock(&self.thread);
        state.handle.is_some() && !state.should_stop
    }

    /// Waits until the next flush is due; returns false when the thread should stop.
    fn pause(&self, pause: Duration) -> bool {
        let state = lock(&self.thread);
        let (mut state, _) = self
            .wake
            .wait_timeout_while(state, pause, |state| !state.should_stop && !state.is_urgent)
            .unwrap_or_else(PoisonError::into_inner);
        state.is_urgent = false;
        !state.should_stop
    }
}

fn run(recorder: &Weak<Recorder>, interval: Duration) {
    let mut pause = interval;
    while let Some(recorder) = recorder.upgrade() {
        if !recorder.pause(pause) {
            return;
        }
        let begun = Instant::now();
        pause = match recorder.flush_pending() {
            // At most a quarter of the time is spent flushing.
            Ok(()) => interval.max(begun.elapsed().saturating_mul(3)),
            Err(_) => {
                let doublings = u32::try_from(recorder.counters.failures()).unwrap_or(u32::MAX).min(10);
                interval.max(MIN_PAUSE).saturating_mul(1 << doublings).min(MAX_PAUSE.max(interval))
            }
        };
    }
}
