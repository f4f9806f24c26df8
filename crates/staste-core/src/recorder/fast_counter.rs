//! The fast lane of a bound point: kicks of value one are a single atomic step.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::recorder::pending::{At, Head};

/// Minute and number of kicks in one word: the minute since 1970 in the upper half.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct FastCounter {
    word: AtomicU64,
    pub(crate) slot: u32,
    pub(crate) multiplier: u32,
    pub(crate) key: Box<[u8]>,
}

/// Kicks of one minute taken out of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) minute: u32,
    pub(crate) count: u32,
}

impl FastCounter {
    pub(crate) fn new(slot: u32, multiplier: u32, key: Box<[u8]>) -> FastCounter {
        FastCounter { word: AtomicU64::new(0), slot, multiplier, key }
    }

    /// Adds one kick if the lane is at this minute, is not empty and has room.
    #[inline]
    pub(crate) fn add_in(&self, minute: u32) -> bool {
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

    /// Adds one kick whatever the lane holds; gives back the kicks that had to make room.
    pub(crate) fn add(&self, minute: u32) -> Option<Taken> {
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

    /// Takes all kicks out.
    pub(crate) fn take(&self) -> Option<Taken> {
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

/// Identity and total of kicks that were taken out of a lane.
pub(crate) fn lane_head(lane: &FastCounter, taken: Taken) -> (Head, i64) {
    let at = At::Instant(i64::from(taken.minute) * 60);
    let head = Head { slot: lane.slot, multiplier: lane.multiplier, at };
    // At most 2^32 kicks of at most 10^9.
    (head, i64::from(taken.count) * i64::from(lane.multiplier))
}

const fn pack(minute: u32, count: u32) -> u64 {
    (minute as u64) << 32 | count as u64
}

#[inline]
fn unpack(word: u64) -> Taken {
    let [a, b, c, d, e, f, g, h] = word.to_be_bytes();
    Taken { minute: u32::from_be_bytes([a, b, c, d]), count: u32::from_be_bytes([e, f, g, h]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_kick_of_a_minute_takes_the_long_way() {
        let lane = FastCounter::new(0, 1, Box::default());
        assert!(!lane.add_in(7));
        assert_eq!(lane.add(7), None);
        assert!(lane.add_in(7));
        assert!(!lane.add_in(8));
        assert_eq!(lane.add(8), Some(Taken { minute: 7, count: 2 }));
        assert_eq!(lane.take(), Some(Taken { minute: 8, count: 1 }));
        assert_eq!(lane.take(), None);
        assert!(!lane.add_in(8));
        assert_eq!(lane.add(9), None);
    }

    #[test]
    fn a_full_count_makes_room() {
        let lane = FastCounter::new(0, 1, Box::default());
        lane.word.store(pack(7, u32::MAX), Ordering::Relaxed);
        assert!(!lane.add_in(7));
        assert_eq!(lane.add(7), Some(Taken { minute: 7, count: u32::MAX }));
        assert_eq!(lane.take(), Some(Taken { minute: 7, count: 1 }));
    }
}
