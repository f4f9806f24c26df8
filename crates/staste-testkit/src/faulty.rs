//! A Store that fails as it is told to: before the act, after it, for a while, or slowly.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use staste_core::store::{Applied, Batch, Store};
use staste_core::{Error, Result};

use crate::layer::{Layer, Layered, Verb};

/// What happens to one call of `apply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: the call goes through.
    None,
    /// It fails before anything is done: `is_unavailable`.
    Unavailable,
    /// It is done and the reply gets lost: `is_in_doubt`.
    ReplyLost,
    /// The request gets lost, but nobody can tell: `is_in_doubt` though nothing was done.
    RequestLost,
    /// It goes through after so many turns of a busy loop.
    Slow(u32),
    /// It waits until [`Faults::release`], then goes through.
    Held,
}

/// A Store with a script of faults in front of it.
pub type FaultyStore = Layered<Faults>;

/// The script of a [`FaultyStore`]; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Script>);

#[derive(Debug, Default)]
struct Script {
    next: Mutex<VecDeque<Fault>>,
    down: AtomicBool,
    holding: Mutex<Holding>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Holding {
    waiting: usize,
    released: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Faults {
    /// The faults of the next calls of `apply`, in order; later calls go through.
    pub fn next(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.0.next).extend(faults);
    }

    /// Lets `calls` of `apply` through, then fails one.
    pub fn after(&self, calls: usize, fault: Fault) {
        self.next(std::iter::repeat_n(Fault::None, calls).chain([fault]));
    }

    /// Makes every verb fail, until it is called with false.
    pub fn down(&self, down: bool) {
        self.0.down.store(down, Ordering::SeqCst);
    }

    /// Forgets the script and ends an outage.
    pub fn clear(&self) {
        self.down(false);
        lock(&self.0.next).clear();
    }

    /// Waits until a call is at a [`Fault::Held`].
    pub fn wait_until_held(&self) {
        let holding = lock(&self.0.holding);
        drop(self.0.changed.wait_while(holding, |holding| holding.waiting == 0));
    }

    /// Lets one held call go on.
    pub fn release(&self) {
        lock(&self.0.holding).released += 1;
        self.0.changed.notify_all();
    }

    fn hold(&self) {
        let mut holding = lock(&self.0.holding);
        holding.waiting += 1;
        self.0.changed.notify_all();
        let mut holding = self
            .0
            .changed
            .wait_while(holding, |holding| holding.released == 0)
            .unwrap_or_else(PoisonError::into_inner);
        holding.released -= 1;
        holding.waiting -= 1;
    }
}

impl Layer for Faults {
    fn before(&self, _: Verb) -> Result<()> {
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
            Fault::Unavailable => return Err(Error::unavailable("failed before the act, as scripted")),
            Fault::RequestLost => return Err(Error::in_doubt("the request got lost, as scripted")),
            Fault::ReplyLost => {
                // Whatever it was, a success or a refusal.
                let _ = inner.apply(batch);
                return Err(Error::in_doubt("the reply got lost, as scripted"));
            }
            Fault::Slow(turns) => (0..turns).for_each(|_| std::hint::spin_loop()),
            Fault::Held => self.hold(),
        }
        inner.apply(batch)
    }
}
