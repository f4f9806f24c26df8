//! `FlushGate`: lets one flush run at a time, and shares it with all callers that arrived before it began.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::error::Result;
use crate::recorder::lock::lock;

#[derive(Debug, Default)]
pub(crate) struct FlushGate {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Debug, Default)]
struct State {
    begun: u64,
    ended: u64,
    running: bool,
    waiting: usize,
    /// The outcome of the flush numbered `ended`.
    outcome: Option<Result<()>>,
}

/// Ends the flush even when it panics, so that no caller waits forever.
struct Ending<'a>(&'a FlushGate, Option<Result<()>>);

impl FlushGate {
    /// Runs `flush`, or waits for a flush of another thread that begins after this call.
    pub(crate) fn run_or_join(&self, flush: impl FnOnce() -> Result<()>) -> Result<()> {
        let mut state = lock(&self.state);
        let wanted = state.begun + 1;
        while state.running {
            state.waiting += 1;
            state = self.done.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
            if state.ended >= wanted
                && let Some(outcome) = &state.outcome
            {
                return outcome.clone();
            }
        }
        state.begun += 1;
        state.running = true;
        drop(state);
        let mut ending = Ending(self, None);
        let outcome = flush();
        ending.1 = Some(outcome.clone());
        outcome
    }

    /// Returns the numbers of flushes that have begun and ended.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let state = lock(&self.state);
        (state.begun, state.ended)
    }

    /// Returns true while a flush runs.
    pub(crate) fn is_running(&self) -> bool {
        lock(&self.state).running
    }

    /// Returns the outcome of the last flush; none when it panicked.
    pub(crate) fn outcome(&self) -> Option<Result<()>> {
        lock(&self.state).outcome.clone()
    }

    /// Waits until more than `ended` flushes have ended, but no longer than `timeout`.
    pub(crate) fn wait_past(&self, ended: u64, timeout: Duration) {
        let waiting = self.done.wait_timeout_while(lock(&self.state), timeout, |state| state.ended <= ended);
        drop(waiting.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.ended = state.begun;
        state.running = false;
        state.outcome = self.1.take();
        self.0.done.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn waiting_callers_share_one_flush_that_began_after_they_arrived() {
        const WAITING: usize = 8;
        let (gate, flushes) = (FlushGate::default(), AtomicUsize::new(0));
        let (held, release) = (Barrier::new(2), Barrier::new(2));
        std::thread::scope(|scope| {
            let first = || {
                flushes.fetch_add(1, Ordering::Relaxed);
                held.wait();
                release.wait();
                Ok(())
            };
            let gate = &gate;
            scope.spawn(move || gate.run_or_join(first).unwrap());
            held.wait();
            for _ in 0..WAITING {
                let flushes = &flushes;
                scope.spawn(move || {
                    gate.run_or_join(|| {
                        flushes.fetch_add(1, Ordering::Relaxed);
                        Ok(())
                    })
                    .unwrap();
                });
            }
            while lock(&gate.state).waiting < WAITING {
                std::thread::yield_now();
            }
            release.wait();
        });
        assert_eq!(flushes.into_inner(), 2);
    }
}
