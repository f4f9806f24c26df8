//! Kicks that wait in memory: what identifies a pending counter, and how it is hashed.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::{FoldHasher, RandomState};

use crate::recorder::identity;
use crate::recorder::identity::Texts;

/// What a pending counter is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The Metrica's slot in the Recorder.
    pub(crate) slot: u32,
    /// The multiplier its total was made with; 1 while the Metrica's own is not known.
    pub(crate) multiplier: u32,
    /// When.
    pub(crate) at: At,
}

/// An instant inside the finest bucket, or a local time to be resolved when the zone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Instant(i64),
    Civil(i64),
}

/// Kicks merged at one point, on their way into a batch.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) hash: u64,
    /// Rises with the first kick, so that choices are remembered in that order.
    pub(crate) order: u64,
    pub(crate) head: Head,
    pub(crate) key: Box<[u8]>,
    pub(crate) total: i128,
    pub(crate) count: u64,
}

impl Pending {
    /// Bytes it takes in memory: its fields, and its key as the allocator rounds it up.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Pending>() + (self.key.len() + 8).next_multiple_of(16).max(32)
    }
}

/// A hasher that has seen all of a counter's identity but its point.
#[inline]
fn hasher(seed: &RandomState, head: Head) -> FoldHasher<'_> {
    let (at, civil) = match head.at {
        At::Instant(at) => (at, 0),
        At::Civil(at) => (at, 1_u64 << 63),
    };
    let mut hasher = seed.build_hasher();
    hasher.write_i64(at);
    hasher.write_u64(u64::from(head.slot) | u64::from(head.multiplier >> 1) << 32 | civil);
    hasher
}

/// The seeded hash of a counter's identity.
pub(crate) fn hash(seed: &RandomState, head: Head, key: &[u8]) -> u64 {
    let mut hasher = hasher(seed, head);
    identity::hash(key, &mut hasher);
    hasher.finish()
}

/// The same hash, of a point that was not encoded.
#[inline]
pub(crate) fn hash_texts(seed: &RandomState, head: Head, texts: &Texts<'_>) -> u64 {
    let mut hasher = hasher(seed, head);
    texts.hash(&mut hasher);
    hasher.finish()
}
