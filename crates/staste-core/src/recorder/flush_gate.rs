//! The gate of flushes: one at a time, shared by all who wait for one that began after they came.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::error::Result;
use crate::recorder::shards::lock;

#[derive(Debug, Default)]
pub(crate) struct Gate {
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

/// Ends the flush even when it panics, so that nobody waits for ever.
struct Ending<'a>(&'a Gate, Option<Result<()>>);

impl Gate {
    /// Runs `flush`, or waits for one by another thread that began after this call.
    pub(crate) fn pass(&self, flush: impl FnOnce() -> Result<()>) -> Result<()> {
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
}

impl Gate {
    /// How many flushes have begun, and how many have ended.
    pub(crate) fn passed(&self) -> (u64, u64) {
        let state = lock(&self.state);
        (state.begun, state.ended)
    }

    /// True while a flush runs.
    pub(crate) fn is_running(&self) -> bool {
        lock(&self.state).running
    }

    /// The outcome of the last flush that ended; none when it panicked.
    pub(crate) fn outcome(&self) -> Option<Result<()>> {
        lock(&self.state).outcome.clone()
    }

    /// Waits until more have ended than these, but no longer than `patience`.
    pub(crate) fn wait_past(&self, ended: u64, patience: Duration) {
        let waiting = self.done.wait_timeout_while(lock(&self.state), patience, |state| state.ended <= ended);
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
    fn those_who_wait_share_one_flush_that_began_after_they_came() {
        const WAITING: usize = 8;
        let (gate, flushes) = (Gate::default(), AtomicUsize::new(0));
        let (held, release) = (Barrier::new(2), Barrier::new(2));
        std::thread::scope(|scope| {
            let first = || {
                flushes.fetch_add(1, Ordering::Relaxed);
                held.wait();
                release.wait();
                Ok(())
            };
            let gate = &gate;
            scope.spawn(move || gate.pass(first).unwrap());
            held.wait();
            for _ in 0..WAITING {
                let flushes = &flushes;
                scope.spawn(move || {
                    gate.pass(|| {
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
