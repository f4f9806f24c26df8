//! What has to be at rest while the process forks, since its library keeps state that two processes
//! must not share.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::fork::watch_forks;

/// Something that can be at rest: nothing of it is in use, and nothing open.
pub trait Rests: Send + Sync {
    /// Waits until nothing is in use, closes everything, and holds off who comes.
    fn rest(&self);

    /// Lets those in who were held off.
    fn resume(&self);

    /// Closes in a forked child what it must not share with its parent. Nothing may be locked or
    /// allocated: other threads of the parent may have been in the middle of it.
    fn forked(&self) {}
}

type Watched = Vec<Weak<dyn Rests>>;

static WATCHED: Mutex<Watched> = Mutex::new(Vec::new());

thread_local! {
    /// What this thread put to rest for its fork, and the lock it holds meanwhile.
    static RESTING: RefCell<Option<Resting>> = const { RefCell::new(None) };
}

struct Resting {
    watched: MutexGuard<'static, Watched>,
    resting: Vec<Arc<dyn Rests>>,
}

/// Puts a thing to rest while the process forks. A child begins with none of its parent's things.
pub fn rest_while_forking(thing: Weak<dyn Rests>) {
    watch_forks();
    let mut watched = lock();
    watched.retain(|known| known.strong_count() > 0);
    watched.push(thing);
}

pub(super) fn before() {
    let watched = lock();
    let resting: Vec<Arc<dyn Rests>> = watched.iter().filter_map(Weak::upgrade).collect();
    resting.iter().for_each(|thing| thing.rest());
    RESTING.set(Some(Resting { watched, resting }));
}

pub(super) fn in_parent() {
    if let Some(Resting { watched, resting }) = RESTING.take() {
        resting.iter().for_each(|thing| thing.resume());
        drop(watched);
        drop(resting);
    }
}

pub(super) fn in_child() {
    if let Some(Resting { mut watched, resting }) = RESTING.take() {
        resting.iter().for_each(|thing| thing.forked());
        // They are the parent's: not to be touched, not even dropped.
        std::mem::forget(resting);
        std::mem::forget(std::mem::take(&mut *watched));
    }
}

fn lock() -> MutexGuard<'static, Watched> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}
