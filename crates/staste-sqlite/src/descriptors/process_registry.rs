//! The registry of this process, and what a forked child does with the descriptors of its parent.

use std::os::fd::RawFd;
use std::sync::{Arc, Mutex, Weak};

use once_cell::race::OnceBox;
use staste_core::fork::{PerProcess, Quiesce, quiesce_while_forking};

use super::parked_descriptors;
use super::registry::Registry;
use crate::lock::lock;

/// Closes the parked descriptors in a forked child, which would otherwise share their locks.
struct CloseInChild {
    close: fn(RawFd),
}

impl Quiesce for CloseInChild {
    fn quiesce(&self) {}

    fn resume(&self) {}

    fn forked(&self) {
        parked_descriptors::drain(self.close);
    }
}

struct ProcessRegistry {
    registry: Mutex<Registry>,
    /// Kept, because only a weak reference to it is registered.
    _close_in_child: Arc<dyn Quiesce>,
}

/// Runs something with the registry of this process. A forked child begins with an empty one, and with `close` for each
/// descriptor that its parent had parked.
pub(super) fn with<T>(close: fn(RawFd), run: impl FnOnce(&mut Registry) -> T) -> T {
    static REGISTRY: OnceBox<PerProcess<ProcessRegistry>> = OnceBox::new();
    let process = REGISTRY.get_or_init(|| Box::new(PerProcess::new())).get(|| {
        let close_in_child: Arc<dyn Quiesce> = Arc::new(CloseInChild { close });
        let watched: Weak<dyn Quiesce> = Arc::downgrade(&close_in_child);
        quiesce_while_forking(watched);
        ProcessRegistry { registry: Mutex::default(), _close_in_child: close_in_child }
    });
    run(&mut lock(&process.registry))
}
