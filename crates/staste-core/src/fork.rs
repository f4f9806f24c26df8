//! The only room with `unsafe`: the fork generation and the coarse clock.
//!
//! A process id or a full clock read per kick would cost more than the kick. The generation is a
//! number in memory that `pthread_atfork` raises in every forked child; the coarse clock is the
//! kernel's last tick (a few milliseconds old), read without a system call.
#![expect(unsafe_code, reason = "pthread_atfork and clock_gettime have no safe form; audited below")]

use std::mem;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use once_cell::race::OnceBox;

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between this process and the one that first used Staste.
#[inline]
pub fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Makes every later fork raise the generation of the child.
fn watch_forks() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        #[cfg(unix)]
        {
            extern "C" fn in_child() {
                GENERATION.fetch_add(1, Ordering::Relaxed);
            }
            // SAFETY: the handler is a plain function that lives as long as the program and does
            // nothing but an atomic addition, which is allowed in a forked child.
            let failed = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
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

/// A value of which every process has its own, made when it is first asked for.
///
/// A forked child never sees, drops, locks or flushes the value of its parent: it leaks it and makes
/// a new one. Making it is lock-free (of two threads that race, one value is dropped), so a fork in
/// the middle of it cannot hang the child.
///
/// ```
/// use staste_core::fork::PerProcess;
/// let cell = PerProcess::new();
/// assert_eq!(*cell.get(|| 1), 1);
/// assert_eq!(*cell.get(|| 2), 1);
/// ```
#[derive(Debug)]
pub struct PerProcess<T>(OnceBox<Node<T>>);

/// The value of one generation, and below it those of later ones.
#[derive(Debug)]
struct Node<T> {
    generation: u32,
    value: Option<T>,
    later: OnceBox<Node<T>>,
}

impl<T> PerProcess<T> {
    /// An empty cell.
    pub fn new() -> PerProcess<T> {
        watch_forks();
        PerProcess(OnceBox::new())
    }

    /// This process' value, made by `make` when there is none yet.
    #[inline]
    pub fn get(&self, make: impl Fn() -> T) -> &T {
        let generation = generation();
        let mut cell = &self.0;
        loop {
            let node = cell
                .get_or_init(|| Box::new(Node { generation, value: Some(make()), later: OnceBox::new() }));
            match &node.value {
                Some(value) if node.generation == generation => return value,
                _ => cell = &node.later,
            }
        }
    }

    /// This process' value when it was made.
    #[inline]
    pub fn made(&self) -> Option<&T> {
        let generation = generation();
        let mut cell = &self.0;
        while let Some(node) = cell.get() {
            if node.generation == generation {
                return node.value.as_ref();
            }
            cell = &node.later;
        }
        None
    }
}

impl<T> Default for PerProcess<T> {
    fn default() -> PerProcess<T> {
        PerProcess::new()
    }
}

impl<T> Drop for Node<T> {
    fn drop(&mut self) {
        if self.generation != generation() {
            mem::forget(self.value.take());
        }
    }
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
