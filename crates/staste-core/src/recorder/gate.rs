//! The gate of flushes: one at a time, shared by all who wait for one that began after they came.

use std::sync::{Condvar, Mutex, PoisonError};

use super::shards::lock;
use crate::Result;

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
            state = self.done.wait(state).unwrap_or_else(PoisonError::into_inner);
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

    /// True while no flush is running.
    pub(crate) fn is_idle(&self) -> bool {
        !lock(&self.state).running
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
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn waiting_threads_share_flushes() {
        let (gate, flushes) = (Gate::default(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        gate.pass(|| {
                            flushes.fetch_add(1, Ordering::Relaxed);
                            std::thread::yield_now();
                            Ok(())
                        })
                        .unwrap();
                    }
                });
            }
        });
        let flushes = flushes.into_inner();
        assert!((1..=1600).contains(&flushes), "{flushes}");
        assert!(gate.is_idle());
    }
}
