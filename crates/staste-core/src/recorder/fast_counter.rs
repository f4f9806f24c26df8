//! `FastCounter`: the counter of a bound point, in which a kick of value one is a single atomic operation.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::recorder::pending::{KickTime, PendingBucket};

/// The minute and the number of its kicks in one word, with the minute since 1970 in the upper half.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct FastCounter {
    word: AtomicU64,
    pub(crate) metrica: u32,
    pub(crate) multiplier: u32,
    pub(crate) key: Box<[u8]>,
}

/// A minute and the number of its kicks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MinuteCount {
    pub(crate) minute: u32,
    pub(crate) count: u32,
}

impl FastCounter {
    pub(crate) fn new(metrica: u32, multiplier: u32, key: Box<[u8]>) -> FastCounter {
        FastCounter { word: AtomicU64::new(0), metrica, multiplier, key }
    }

    /// Adds one kick if the counter is at this minute, not empty and not full; returns whether it did.
    #[inline]
    pub(crate) fn try_add(&self, minute: u32) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let seen = unpack(word);
            if seen.minute != minute || seen.count == 0 || seen.count == u32::MAX {
                return false;
            }
            match self.word.compare_exchange_weak(word, word + 1, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
    }

    /// Adds one kick in any case; returns the kicks that it replaced.
    pub(crate) fn add(&self, minute: u32) -> Option<MinuteCount> {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let seen = unpack(word);
            let stays = seen.minute == minute && seen.count != u32::MAX;
            let next = if stays { word + 1 } else { pack(minute, 1) };
            match self.word.compare_exchange_weak(word, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) if stays || seen.count == 0 => return None,
                Ok(_) => return Some(seen),
                Err(now) => word = now,
            }
        }
    }

    /// Removes all kicks.
    pub(crate) fn take(&self) -> Option<MinuteCount> {
        if self.is_empty() {
            return None;
        }
        let taken = unpack(self.word.swap(0, Ordering::Relaxed));
        (taken.count > 0).then_some(taken)
    }

    pub(crate) fn is_empty(&self) -> bool {
        unpack(self.word.load(Ordering::Relaxed)).count == 0
    }
}

/// Returns the bucket and the total of kicks that were removed from a counter.
pub(crate) fn bucket_and_total(counter: &FastCounter, taken: MinuteCount) -> (PendingBucket, i64) {
    let time = KickTime::Instant(i64::from(taken.minute) * 60);
    let bucket = PendingBucket { metrica: counter.metrica, multiplier: counter.multiplier, time };
    // At most 2^32 kicks of at most 10^9 each.
    (bucket, i64::from(taken.count) * i64::from(counter.multiplier))
}

const fn pack(minute: u32, count: u32) -> u64 {
    (minute as u64) << 32 | count as u64
}

#[inline]
fn unpack(word: u64) -> MinuteCount {
    let [a, b, c, d, e, f, g, h] = word.to_be_bytes();
    MinuteCount { minute: u32::from_be_bytes([a, b, c, d]), count: u32::from_be_bytes([e, f, g, h]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_kick_of_a_minute_is_not_added_by_try_add() {
        let counter = FastCounter::new(0, 1, Box::default());
        assert!(!counter.try_add(7));
        assert_eq!(counter.add(7), None);
        assert!(counter.try_add(7));
        assert!(!counter.try_add(8));
        assert_eq!(counter.add(8), Some(MinuteCount { minute: 7, count: 2 }));
        assert_eq!(counter.take(), Some(MinuteCount { minute: 8, count: 1 }));
        assert_eq!(counter.take(), None);
        assert!(!counter.try_add(8));
        assert_eq!(counter.add(9), None);
    }

    #[test]
    fn full_counter_is_replaced() {
        let counter = FastCounter::new(0, 1, Box::default());
        counter.word.store(pack(7, u32::MAX), Ordering::Relaxed);
        assert!(!counter.try_add(7));
        assert_eq!(counter.add(7), Some(MinuteCount { minute: 7, count: u32::MAX }));
        assert_eq!(counter.take(), Some(MinuteCount { minute: 7, count: 1 }));
    }
}
