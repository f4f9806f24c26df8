//! The only room with `unsafe`: the fork generation and the coarse clock.
//!
//! A process id or a full clock read per kick would cost more than the kick. The generation is a
//! number in memory that `pthread_atfork` raises in every forked child; the coarse clock is the
//! kernel's last tick (a few milliseconds old), read without a system call.
#![expect(unsafe_code, reason = "pthread_atfork and clock_gettime have no safe form; audited below")]

mod per_process;
mod quiesce;

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

pub use per_process::PerProcess;
pub use quiesce::{Rests, rest_while_forking};

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between this process and the one that first used Staste.
#[inline]
pub fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Makes every later fork raise the generation of the child, and wait until what must rest does.
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
            // SAFETY: the handlers are plain functions that live as long as the program and never
            // unwind. In the child only an atomic addition is made, and a lock released that the
            // forking thread, which is the child's only one, took before the fork; glibc keeps its
            // allocator usable there.
            let failed = unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
            assert!(failed == 0, "pthread_atfork fails only when memory for one pointer is missing");
        }
    });
}

/// Now, in whole unix seconds, as of the last tick of the kernel's clock.
#[inline]
pub(crate) fn coarse_seconds() -> i64 {
    #[cfg(target_os = "linux")]
    {
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the pointer is to a timespec on this stack, which the call only writes to.
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
    fn the_coarse_clock_is_no_older_than_a_second() {
        let (before, coarse) = (exact_seconds(), coarse_seconds());
        assert!((before - 1..=exact_seconds()).contains(&coarse));
    }
}
