//! `Pending`: a counter of pending kicks, its identity and its hash.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::{FoldHasher, RandomState};

use crate::recorder::identity;
use crate::recorder::identity::Texts;

/// The identity of a pending counter without its point: Metrica, multiplier and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PendingBucket {
    /// The index of the Metrica in the Recorder.
    pub(crate) metrica: u32,
    /// The multiplier of its total; 1 while that of the Metrica is unknown.
    pub(crate) multiplier: u32,
    /// The time of its kicks.
    pub(crate) time: KickTime,
}

/// An instant in the finest bucket in unix seconds, or a local time in civil seconds while the zone is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KickTime {
    Instant(i64),
    Civil(i64),
}

/// Kicks at one point, merged, on their way into a batch.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) hash: u64,
    /// Ascending in the order of first kicks, in which the Store registers choices.
    pub(crate) order: u64,
    pub(crate) bucket: PendingBucket,
    pub(crate) key: Box<[u8]>,
    pub(crate) total: i128,
    pub(crate) count: u64,
}

impl Pending {
    /// Returns its bytes in memory: its fields, and its key as the allocator rounds it up.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Pending>() + (self.key.len() + 8).next_multiple_of(16).max(32)
    }
}

/// Returns a hasher of a counter's identity before its point.
#[inline]
fn hasher(seed: &RandomState, bucket: PendingBucket) -> FoldHasher<'_> {
    let (at, civil) = match bucket.time {
        KickTime::Instant(at) => (at, 0),
        KickTime::Civil(at) => (at, 1_u64 << 63),
    };
    let mut hasher = seed.build_hasher();
    hasher.write_i64(at);
    hasher.write_u64(u64::from(bucket.metrica) | u64::from(bucket.multiplier >> 1) << 32 | civil);
    hasher
}

/// Returns the seeded hash of a counter's identity.
pub(crate) fn hash(seed: &RandomState, bucket: PendingBucket, key: &[u8]) -> u64 {
    let mut hasher = hasher(seed, bucket);
    identity::hash(key, &mut hasher);
    hasher.finish()
}

/// Returns the same hash for a point that is not encoded.
#[inline]
pub(crate) fn hash_texts(seed: &RandomState, bucket: PendingBucket, texts: &Texts<'_>) -> u64 {
    let mut hasher = hasher(seed, bucket);
    texts.hash(&mut hasher);
    hasher.finish()
}
