//! A Store that fails on demand: before or after it applies a batch, for some time, or slowly.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use staste_core::store::{Applied, Batch, Store};
use staste_core::{Error, Result};

use super::interceptor::{InterceptedStore, Interceptor, Operation};

/// What happens to one call of `apply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No fault.
    None,
    /// The call fails with `is_unavailable`, before anything is applied.
    Unavailable,
    /// The batch is applied, but the call fails with `is_in_doubt`.
    ReplyLost,
    /// The call fails with `is_in_doubt`, although nothing was applied.
    RequestLost,
    /// The batch is applied after this many iterations of a busy loop.
    Slow(u32),
    /// The call blocks until [`Faults::release`], then the batch is applied.
    Blocked,
}

/// A Store with scheduled faults.
pub type FaultyStore = InterceptedStore<Faults>;

/// The faults of a [`FaultyStore`]; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Schedule>);

#[derive(Debug, Default)]
struct Schedule {
    next: Mutex<VecDeque<Fault>>,
    down: AtomicBool,
    blocked: Mutex<BlockedCalls>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct BlockedCalls {
    waiting: usize,
    released: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Faults {
    /// Schedules faults for the next calls of `apply`, in order. Later calls have none.
    pub fn schedule(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.0.next).extend(faults);
    }

    /// Schedules a fault for the call of `apply` after the next `calls`.
    pub fn schedule_after(&self, calls: usize, fault: Fault) {
        self.schedule(std::iter::repeat_n(Fault::None, calls).chain([fault]));
    }

    /// Makes every operation fail from now on, or ends such an outage.
    pub fn set_down(&self, down: bool) {
        self.0.down.store(down, Ordering::SeqCst);
    }

    /// Cancels all scheduled faults and ends an outage.
    pub fn clear(&self) {
        self.set_down(false);
        lock(&self.0.next).clear();
    }

    /// Waits until a call is blocked by a [`Fault::Blocked`].
    pub fn wait_until_blocked(&self) {
        let blocked = lock(&self.0.blocked);
        drop(self.0.changed.wait_while(blocked, |blocked| blocked.waiting == 0));
    }

    /// Unblocks one blocked call.
    pub fn release(&self) {
        lock(&self.0.blocked).released += 1;
        self.0.changed.notify_all();
    }

    fn block(&self) {
        let mut blocked = lock(&self.0.blocked);
        blocked.waiting += 1;
        self.0.changed.notify_all();
        let mut blocked = self
            .0
            .changed
            .wait_while(blocked, |blocked| blocked.released == 0)
            .unwrap_or_else(PoisonError::into_inner);
        blocked.released -= 1;
        blocked.waiting -= 1;
    }
}

impl Interceptor for Faults {
    fn before(&self, _: Operation) -> Result<()> {
        if self.0.down.load(Ordering::SeqCst) {
            Err(Error::unavailable("the store is down, as scripted"))
        } else {
            Ok(())
        }
    }

    fn apply(&self, batch: &Batch, inner: &dyn Store) -> Result<Applied> {
        let fault = lock(&self.0.next).pop_front();
        match fault.unwrap_or(Fault::None) {
            Fault::None => {}
            Fault::Unavailable => {
                return Err(Error::unavailable("the call failed before anything was applied, as scripted"));
            }
            Fault::RequestLost => return Err(Error::in_doubt("the request was lost, as scripted")),
            Fault::ReplyLost => {
                // The outcome does not matter: the caller never sees it.
                let _ = inner.apply(batch);
                return Err(Error::in_doubt("the reply was lost, as scripted"));
            }
            Fault::Slow(iterations) => (0..iterations).for_each(|_| std::hint::spin_loop()),
            Fault::Blocked => self.block(),
        }
        inner.apply(batch)
    }
}
