//! The set of parked descriptors, readable in a forked child without a lock.

use std::os::fd::RawFd;
use std::sync::atomic::{AtomicU64, Ordering};

/// Descriptors from here on are never parked. Systems allow a process far fewer.
const LIMIT: usize = 65_536;
const WORD: usize = 64;

static PARKED: [AtomicU64; LIMIT / WORD] = [const { AtomicU64::new(0) }; LIMIT / WORD];

/// The word and the bit of a descriptor; none when it is beyond the limit.
fn place(fd: RawFd) -> Option<(&'static AtomicU64, u64)> {
    let fd = usize::try_from(fd).ok()?;
    Some((PARKED.get(fd / WORD)?, 1 << (fd % WORD)))
}

/// Adds a descriptor; false when it cannot be parked.
pub(super) fn insert(fd: RawFd) -> bool {
    match place(fd) {
        Some((word, bit)) => {
            word.fetch_or(bit, Ordering::Relaxed);
            true
        }
        None => false,
    }
}

/// Removes a descriptor.
pub(super) fn remove(fd: RawFd) {
    if let Some((word, bit)) = place(fd) {
        word.fetch_and(!bit, Ordering::Relaxed);
    }
}

/// Removes every descriptor and hands it to `close`. It neither locks nor allocates.
pub(super) fn drain(mut close: impl FnMut(RawFd)) {
    for (number, word) in (0..).zip(&PARKED) {
        let mut bits = word.swap(0, Ordering::Relaxed);
        while bits != 0 {
            close(number * 64 + bits.trailing_zeros().cast_signed());
            bits &= bits - 1;
        }
    }
}
