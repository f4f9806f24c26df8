//! Support for `fork` and a fast clock; the only module of the core with `unsafe`.
//!
//! Reading the process id or the exact time for each kick would cost more than the kick. The fork generation is a
//! number in memory that `pthread_atfork` increases in every forked child. The coarse clock is the last tick of the
//! kernel, a few milliseconds old, which is read without a system call.
#![expect(unsafe_code, reason = "pthread_atfork and clock_gettime have no safe form; audited below")]

mod per_process;
mod quiesce;

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

pub use per_process::PerProcess;
pub use quiesce::{Quiesce, quiesce_while_forking};

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Returns the number of forks between this process and the one that first used Staste.
#[inline]
pub fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Registers the fork handlers, once: they quiesce resources before a fork and increase the generation of the child.
fn watch_forks() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        #[cfg(unix)]
        {
            extern "C" fn before() {
                quiesce::before();
            }
            extern "C" fn in_parent() {
                quiesce::in_parent();
            }
            extern "C" fn in_child() {
                GENERATION.fetch_add(1, Ordering::Relaxed);
                quiesce::in_child();
            }
            // SAFETY: the handlers are plain functions that live as long as the program and never unwind. In the child
            // they only make an atomic addition, and release a lock that the forking thread, the only one of the child,
            // took before the fork; glibc keeps its allocator usable there.
            let failed = unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
            assert!(failed == 0, "pthread_atfork fails only when memory for one pointer is missing");
        }
    });
}

/// Returns the current time in whole unix seconds, as of the last tick of the kernel's clock.
#[inline]
pub(crate) fn coarse_seconds() -> i64 {
    #[cfg(target_os = "linux")]
    {
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the pointer is to a timespec on this stack, to which the call only writes.
        let failed = unsafe { libc::clock_gettime(libc::CLOCK_REALTIME_COARSE, &raw mut now) };
        if failed == 0 {
            return now.tv_sec;
        }
    }
    exact_seconds()
}

fn exact_seconds() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coarse_clock_is_at_most_one_second_old() {
        let (before, coarse) = (exact_seconds(), coarse_seconds());
        assert!((before - 1..=exact_seconds()).contains(&coarse));
    }
}
