//! The thread that flushes: started by the first kick that waits, stopped when the handle goes.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::recorder::Recorder;
use crate::recorder::shards::lock;

/// The shortest pause after a failure, whatever the interval.
const MIN_PAUSE: Duration = Duration::from_millis(1);
/// The longest pause between two tries while the Store is down.
const MAX_PAUSE: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(crate) struct State {
    handle: Option<JoinHandle<()>>,
    stop: bool,
    hurry: bool,
}

impl Recorder {
    /// Sees to it that a flush comes: within the interval, or at once when memory fills. False when there is no
    /// thread for it.
    pub(super) fn want_flush(self: &Arc<Self>, hurry: bool) -> bool {
        let started = self.thread_started.load(Ordering::Relaxed);
        if started && !hurry {
            return true;
        }
        let Some(interval) = self.options.flush_interval else { return false };
        let mut state = lock(&self.thread);
        if hurry && !state.hurry {
            state.hurry = true;
            self.wake.notify_all();
        }
        if state.handle.is_none() && !state.stop {
            // Without a thread, reads and `flush` still flush; the next new point tries again.
            let recorder = Arc::downgrade(self);
            let spawned =
                Builder::new().name("staste-flush".to_owned()).spawn(move || run(&recorder, interval));
            state.handle = spawned.ok();
            self.thread_started.store(state.handle.is_some(), Ordering::Relaxed);
        }
        state.handle.is_some()
    }

    /// Stops the thread and flushes what is left.
    pub(crate) fn close(&self) -> Result<()> {
        let handle = {
            let mut state = lock(&self.thread);
            state.stop = true;
            self.wake.notify_all();
            state.handle.take()
        };
        if let Some(handle) = handle
            && handle.thread().id() != std::thread::current().id()
        {
            // A panic of the thread has been reported by its own message.
            let _ = handle.join();
        }
        self.settle()?;
        self.report_health(true);
        self.report_losses()
    }

    /// True while a thread flushes by itself.
    pub(super) fn has_thread(&self) -> bool {
        let state = lock(&self.thread);
        state.handle.is_some() && !state.stop
    }

    /// Waits for the time of the next flush; false when the thread is to stop.
    fn pause(&self, pause: Duration) -> bool {
        let state = lock(&self.thread);
        let (mut state, _) = self
            .wake
            .wait_timeout_while(state, pause, |state| !state.stop && !state.hurry)
            .unwrap_or_else(PoisonError::into_inner);
        state.hurry = false;
        !state.stop
    }
}

fn run(recorder: &Weak<Recorder>, interval: Duration) {
    let mut pause = interval;
    while let Some(recorder) = recorder.upgrade() {
        if !recorder.pause(pause) {
            return;
        }
        let begun = Instant::now();
        pause = match recorder.settle() {
            // At most a quarter of the time is spent flushing.
            Ok(()) => interval.max(begun.elapsed().saturating_mul(3)),
            Err(_) => {
                let doublings = u32::try_from(recorder.counters.failures()).unwrap_or(u32::MAX).min(10);
                interval.max(MIN_PAUSE).saturating_mul(1 << doublings).min(MAX_PAUSE.max(interval))
            }
        };
    }
}
