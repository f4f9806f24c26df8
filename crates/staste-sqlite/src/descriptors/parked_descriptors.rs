//! The set of parked descriptors, which a forked child can read without a lock.

use std::os::fd::RawFd;
use std::sync::atomic::{AtomicU64, Ordering};

/// Descriptors from this number on are never parked. Systems allow a process far fewer.
const LIMIT: usize = 65_536;
const WORD: usize = 64;

static PARKED: [AtomicU64; LIMIT / WORD] = [const { AtomicU64::new(0) }; LIMIT / WORD];

/// Returns the word and the bit of a descriptor, or `None` if it is beyond the limit.
fn word_and_bit(fd: RawFd) -> Option<(&'static AtomicU64, u64)> {
    let fd = usize::try_from(fd).ok()?;
    Some((PARKED.get(fd / WORD)?, 1 << (fd % WORD)))
}

/// Adds a descriptor; returns false if it is beyond the limit.
pub(super) fn insert(fd: RawFd) -> bool {
    match word_and_bit(fd) {
        Some((word, bit)) => {
            word.fetch_or(bit, Ordering::Relaxed);
            true
        }
        None => false,
    }
}

/// Removes a descriptor.
pub(super) fn remove(fd: RawFd) {
    if let Some((word, bit)) = word_and_bit(fd) {
        word.fetch_and(!bit, Ordering::Relaxed);
    }
}

/// Removes every descriptor and calls `close` with it. It neither locks nor allocates.
pub(super) fn drain(mut close: impl FnMut(RawFd)) {
    for (number, word) in (0..).zip(&PARKED) {
        let mut bits = word.swap(0, Ordering::Relaxed);
        while bits != 0 {
            close(number * 64 + bits.trailing_zeros().cast_signed());
            bits &= bits - 1;
        }
    }
}
