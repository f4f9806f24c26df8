//! `Quiesce`: resources that must be idle while the process forks, because two processes must not share their state.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::fork::watch_forks;

/// A resource that can be made idle: nothing of it is in use or open.
pub trait Quiesce: Send + Sync {
    /// Waits until nothing is in use, closes everything, and blocks new users until [`Quiesce::resume`].
    fn quiesce(&self);

    /// Admits the blocked users again.
    fn resume(&self);

    /// Closes in a forked child what it must not share with its parent. It must not lock or allocate: another thread of
    /// the parent may have held the lock.
    fn forked(&self) {}
}

type Registered = Vec<Weak<dyn Quiesce>>;

static REGISTERED: Mutex<Registered> = Mutex::new(Vec::new());

thread_local! {
    /// The resources that this thread quiesced for its fork, and the lock that it holds meanwhile.
    static QUIESCED: RefCell<Option<Quiesced>> = const { RefCell::new(None) };
}

struct Quiesced {
    registered: MutexGuard<'static, Registered>,
    resources: Vec<Arc<dyn Quiesce>>,
}

/// Registers a resource to be quiesced while the process forks. A child starts without the resources of its parent.
pub fn quiesce_while_forking(resource: Weak<dyn Quiesce>) {
    watch_forks();
    let mut registered = lock();
    registered.retain(|known| known.strong_count() > 0);
    registered.push(resource);
}

pub(super) fn before() {
    let registered = lock();
    let resources: Vec<Arc<dyn Quiesce>> = registered.iter().filter_map(Weak::upgrade).collect();
    resources.iter().for_each(|resource| resource.quiesce());
    QUIESCED.set(Some(Quiesced { registered, resources }));
}

pub(super) fn in_parent() {
    if let Some(Quiesced { registered, resources }) = QUIESCED.take() {
        resources.iter().for_each(|resource| resource.resume());
        drop(registered);
        drop(resources);
    }
}

pub(super) fn in_child() {
    if let Some(Quiesced { mut registered, resources }) = QUIESCED.take() {
        resources.iter().for_each(|resource| resource.forked());
        // The resources belong to the parent and must not be dropped.
        std::mem::forget(resources);
        std::mem::forget(std::mem::take(&mut *registered));
    }
}

fn lock() -> MutexGuard<'static, Registered> {
    REGISTERED.lock().unwrap_or_else(PoisonError::into_inner)
}
